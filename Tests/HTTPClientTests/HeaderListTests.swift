import HTTPFields
import Testing

@testable import HTTPClient

@Suite struct HeaderListTests {
  private func entries(
    _ fields: FieldSection, host: String = "", _ framing: HeaderList.Framing = .small
  ) -> [String] {
    var list = HeaderList()
    list.write(fields, host: Array(host.utf8), framing: framing)
    return list.entries
  }

  private static let suppressed = ["Accept:", "Content-Type:"]

  @Test func suppressesWhatLibcurlWouldAdd() {
    #expect(entries([]) == Self.suppressed)
    #expect(entries([], .large) == Self.suppressed + ["Expect:"])
    #expect(entries([], .chunked) == Self.suppressed + ["Expect:", "Transfer-Encoding: chunked"])
    #expect(
      entries([("ACCEPT", "a"), ("content-type", ""), ("Host", "h")]) == [
        "ACCEPT: a", "content-type;", "Host: h",
      ])
  }

  @Test func namesTheHostFirstAndOnce() {
    #expect(entries([], host: "h:1") == ["Host:", "Host: h:1"] + Self.suppressed)
    #expect(
      entries([("X-A", ""), ("Accept", "a")], host: "[::1]") == [
        "Host:", "Host: [::1]\r\nX-A: ", "Accept: a", "Content-Type:",
      ])
    #expect(
      entries([("X-A", "1"), ("hOST", "own")], host: "h") == ["X-A: 1", "hOST: own"] + Self.suppressed)
  }

  @Test func makesOneEntryOfAllOthersInTheirOrder() {
    let fields: FieldSection = [
      ("X-A", "1"), ("Accept", "*/*"), ("X-B", ""), ("x-a", "2"), ("Content-Type", "t"), ("X-C", "\tü "),
    ]
    #expect(
      entries(fields) == [
        "X-A: 1\r\nX-B: \r\nx-a: 2\r\nX-C: \tü ", "Accept: */*", "Content-Type: t",
      ])
  }

  /// Behind a colon at the start of an entry libcurl wants content.
  @Test func givesAFieldWithoutContentItsOwnEntryWhereItIsFirst() {
    #expect(entries([("X-A", ""), ("X-B", ""), ("X-C", "1")]).dropLast(2) == ["X-A;", "X-B;", "X-C: 1"])
    #expect(entries([("X-A", "")]).dropLast(2) == ["X-A;"])
  }

  @Test(arguments: ["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b", "\u{1b}", "\u{7f}"])
  func leavesOutAFieldThatWouldBeMoreThanALine(text: String) {
    #expect(entries([("X-Bad", text), ("X-Good", "1")]) == ["X-Good: 1"] + Self.suppressed)
    #expect(entries([(text, "value")]) == Self.suppressed)
    #expect(entries([("Accept", text), ("X-Good", "1")]) == ["X-Good: 1", "Content-Type:"])
  }

  @Test func holdsFieldsOfAnySizeOneAfterTheOther() {
    var list = HeaderList()
    for size in [10, 100_000, 1, 200_000] {
      let value = String(repeating: "v", count: size)
      let many = FieldSection((0..<40).map { ("X-\($0)", value) })
      list.write(many, framing: .small)
      let found = list.entries
      #expect(found.count == 3)
      #expect(found[0] == (0..<40).map { "X-\($0): \(value)" }.joined(separator: "\r\n"))
    }
  }
}
