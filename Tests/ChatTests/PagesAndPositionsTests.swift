import JSON
import Testing

@testable import Chat
@testable import Handling

/// Pages of lists, and where a stream is read on.
@Suite struct PagesAndPositionsTests {
  @Test func pagesAreCounted() throws {
    let first = try PageWindow(nil, defaultLimit: 50)
    #expect((first.skip, first.limit, first.page) == (0, 50, 1))
    let second = try PageWindow("skip=10&limit=5", defaultLimit: 50)
    #expect((second.skip, second.limit, second.page) == (10, 5, 3))
    #expect(second.pages(of: 0) == 0)
    #expect(second.pages(of: 1) == 1)
    #expect(second.pages(of: 5) == 1)
    #expect(second.pages(of: 6) == 2)
    for query in ["limit=0", "limit=501", "skip=-1", "limit=x"] {
      let failure = failure { () throws(RequestFailure) in
        _ = try PageWindow(Substring(query), defaultLimit: 50)
      }
      #expect(failure?.status == 422, "\(query)")
    }
    #expect(try PageWindow("limit=500", defaultLimit: 50).limit == 500)
  }

  @Test(arguments: [
    // skip, limit, total, entries on the page, whether there is more
    (0, 5, 0, 0, false), (0, 5, 5, 5, false), (0, 5, 6, 5, true), (5, 5, 6, 1, false), (6, 5, 6, 0, false),
    (100, 5, 6, 0, false), (0, 1, 2, 1, true),
  ])
  func aPageTellsWhereItLies(skip: Int, limit: Int, total: Int, count: Int, hasMore: Bool) throws {
    let window = try PageWindow("skip=\(skip)&limit=\(limit)", defaultLimit: 50)
    var writer = JSONWriter()
    writer.object { window.encode(total: total, count: count, into: &$0) }
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"total":\#(total),"skip":\#(skip),"limit":\#(limit),"has_more":\#(hasMore)}"#)
  }

  @Test func whereToReadOn() throws {
    let header = try ResumePosition(lastEventID: "abc:17", query: nil)
    #expect(header.number(in: "abc") == 17)
    #expect(header.number(in: "other") == 0, "another generation is read from its start")
    let query = try ResumePosition(lastEventID: nil, query: "after=3")
    #expect(query.number(in: "abc") == 3)
    #expect(try ResumePosition(lastEventID: "abc:17", query: "after=3").number(in: "abc") == 3)
    #expect(try ResumePosition(lastEventID: nil, query: nil).number(in: "abc") == 0)
    // Browsers send back whatever they have: it is not an error.
    for foreign in ["", "17", "abc:", "abc:-1", "abc:x", "abc:99999999999999999999", ":", "abc:1:x"] {
      #expect(try ResumePosition(lastEventID: foreign, query: nil).number(in: "abc") == 0, "\(foreign)")
    }
    #expect(try ResumePosition(lastEventID: ":5", query: nil).number(in: "abc") == 0)
    #expect(
      failure { () throws(RequestFailure) in
        _ = try ResumePosition(lastEventID: nil, query: "after=x")
      }?.status == 422)
  }

  /// What is read is small enough for all that is calculated with it.
  @Test func numbersHaveABound() throws {
    for limit in ["1", "500"] {
      let largest = try PageWindow("skip=9007199254740991&limit=\(limit)", defaultLimit: 50)
      #expect(largest.skip == QueryParameters.largestNumber)
      #expect(largest.page == QueryParameters.largestNumber / largest.limit + 1)
      var writer = JSONWriter()
      writer.object { largest.encode(total: 0, count: 0, into: &$0) }
      #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix(#""has_more":false}"#))
    }
    for number in ["9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551616"] {
      #expect(
        try ResumePosition(lastEventID: "abc:\(number)", query: nil).number(in: "abc")
          <= 999_999_999_999_999_999, "as far as it is a number at all")
    }
  }
}

/// The failure that `body` throws, if it does.
func failure(_ body: () throws(RequestFailure) -> Void) -> RequestFailure? {
  do throws(RequestFailure) {
    try body()
    return nil
  } catch {
    return error
  }
}
