import Testing

@testable import Handling

@Suite struct QueryParametersTests {
  @Test func parametersAreDecodedAndTheLastOfAnameCounts() throws {
    let parameters = QueryParameters("a=1&b=x+y%21&a=2&c&d=&e=%ZZ&=f")
    #expect(try parameters.text("a") == "2")
    #expect(try parameters.text("b") == "x y!")
    #expect(try parameters.text("c") == "")
    #expect(try parameters.text("d") == "")
    for text in ["%ZZ", "%4", "%", "%00", "%FF", "%C3"] {
      let broken = QueryParameters("e=1&e=\(text)")
      #expect(failure { () throws(RequestFailure) in _ = try broken.text("e") }?.status == 422, "\(text)")
      #expect(failure { () throws(RequestFailure) in _ = try broken.integer("e") }?.status == 422, "\(text)")
    }
    #expect(try parameters.text("f") == nil)
    #expect(try parameters.text("A") == nil)
    #expect(try QueryParameters(nil).text("a") == nil)
  }

  @Test func onlyTheFirst64PairsAreLookedAt() throws {
    let query = (1...65).map { "p\($0)=\($0)" }.joined(separator: "&")
    #expect(try QueryParameters(query[...]).text("p64") == "64")
    #expect(try QueryParameters(query[...]).text("p65") == nil)
  }

  @Test func wholeNumbersHaveTheirRange() throws {
    #expect(try QueryParameters("n=7").integer("n", in: 1...7) == 7)
    #expect(try QueryParameters("m=7").integer("n", in: 1...7) == nil)
    for query in [
      "n=8", "n=0", "n=", "n", "n=1.0", "n=x", "n=99999999999999999999", "n=%201", "n=%2B7", "n=-0",
    ] {
      let failure = failure { () throws(RequestFailure) in
        _ = try QueryParameters(Substring(query)).integer("n", in: 1...7)
      }
      #expect(failure?.status == 422, "\(query)")
      #expect(failure?.detail == "“n” takes a whole number, 1 to 7.")
      #expect(failure?.field == "n")
    }
    let open = failure { () throws(RequestFailure) in
      _ = try QueryParameters("skip=-1").integer("skip")
    }
    #expect(open?.detail == "“skip” takes a whole number, 0 to 9007199254740991.")
  }

  /// What is read is small enough for all that is calculated with it.
  @Test func numbersHaveABound() throws {
    for number in ["9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551616"] {
      for name in ["skip", "after"] {
        let failure = failure { () throws(RequestFailure) in
          _ = try QueryParameters("\(name)=\(number)").integer(name)
        }
        #expect(failure?.status == 422, "\(name)=\(number)")
      }
    }
  }
}

/// The failure that `body` throws, if it does.
private func failure(_ body: () throws(RequestFailure) -> Void) -> RequestFailure? {
  do throws(RequestFailure) {
    try body()
    return nil
  } catch {
    return error
  }
}
