import HTTPFields
import Testing

@testable import HTTPClient

@Suite struct HeaderListTests {
  private func entries(_ fields: FieldSection, isChunked: Bool = false) -> [String] {
    var list = HeaderList()
    return entries(&list, fields, isChunked: isChunked)
  }

  private func entries(
    _ list: inout HeaderList, _ fields: FieldSection, isChunked: Bool = false
  ) -> [String] {
    list.write(fields, isChunked: isChunked)
    return list.entries
  }

  private static let suppressed = ["Accept:", "Content-Type:", "Expect:"]

  @Test func suppressesWhatLibcurlWouldAdd() {
    #expect(entries([]) == Self.suppressed)
    #expect(entries([], isChunked: true) == Self.suppressed + ["Transfer-Encoding: chunked"])
    #expect(
      entries([("ACCEPT", "a"), ("content-type", ""), ("Host", "h")]) == [
        "ACCEPT: a", "content-type;", "Host: h", "Expect:",
      ])
  }

  @Test func makesOneEntryOfAllOthersInTheirOrder() {
    let fields: FieldSection = [
      ("X-A", "1"), ("Accept", "*/*"), ("X-B", ""), ("x-a", "2"), ("Content-Type", "t"), ("X-C", "\tü "),
    ]
    #expect(
      entries(fields) == [
        "Accept: */*", "Content-Type: t", "Expect:", "X-A: 1\r\nX-B: \r\nx-a: 2\r\nX-C: \tü ",
      ])
  }

  /// Behind a colon at the start of an entry libcurl wants content.
  @Test func givesAFieldWithoutContentItsOwnEntryWhereItIsFirst() {
    #expect(entries([("X-A", ""), ("X-B", ""), ("X-C", "1")]).dropFirst(3) == ["X-A;", "X-B;", "X-C: 1"])
    #expect(entries([("X-A", "")]).dropFirst(3) == ["X-A;"])
  }

  @Test(arguments: ["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b", "\u{1b}", "\u{7f}"])
  func leavesOutAFieldThatWouldBeMoreThanALine(text: String) {
    #expect(entries([("X-Bad", text), ("X-Good", "1")]) == Self.suppressed + ["X-Good: 1"])
    #expect(entries([(text, "value")]) == Self.suppressed)
    #expect(entries([("Accept", text), ("X-Good", "1")]) == ["Content-Type:", "Expect:", "X-Good: 1"])
  }

  @Test func holdsFieldsOfAnySizeOneAfterTheOther() {
    var list = HeaderList()
    for size in [10, 100_000, 1, 200_000] {
      let value = String(repeating: "v", count: size)
      let many = FieldSection((0..<40).map { ("X-\($0)", value) })
      let found = entries(&list, many)
      #expect(found.count == 4)
      #expect(found[3] == (0..<40).map { "X-\($0): \(value)" }.joined(separator: "\r\n"))
    }
  }
}
