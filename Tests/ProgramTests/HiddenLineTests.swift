import Testing

@testable import ollama_gateway

/// What is typed and not shown.
@Suite struct HiddenLineTests {
  private func line(_ bytes: [UInt8]) -> (String, [HiddenLine.Event]) {
    var line = HiddenLine()
    let events = bytes.map { line.take($0) }
    return (String(decoding: line.bytes, as: UTF8.self), events)
  }

  @Test func aLineEndsWithEnter() {
    let (text, events) = line(Array("Abc 1!\r".utf8))
    #expect(text == "Abc 1!" && events.last == .ended && events.dropLast().allSatisfy { $0 == .goesOn })
    #expect(line(Array("x\n".utf8)).1.last == .ended)
    #expect(line([0x61, 0x04]).1.last == .ended)
  }

  @Test("Backspace takes back a character, and not its last byte") func backspace() {
    #expect(line(Array("aé\u{7F}".utf8)).0 == "a")
    #expect(line(Array("a€\u{8}\u{8}\u{8}b".utf8)).0 == "b")
    #expect(line(Array("abc\u{15}d".utf8)).0 == "d")
  }

  @Test func whoeverTypesMayGiveUp() {
    #expect(line([0x03]).1 == [.givenUp])
    #expect(line([0x61, 0x03]).1.last == .givenUp)
    #expect(line([0x04]).1 == [.givenUp])
  }

  @Test func aLineHasABound() {
    var line = HiddenLine()
    for _ in 0..<HiddenLine.limit { #expect(line.take(0x61) == .goesOn) }
    #expect(line.take(0x61) == .full && line.bytes.count == HiddenLine.limit)
    #expect(line.take(0x0A) == .ended)
  }

  @Test func aFileHasOneLine() throws {
    func read(_ text: String) throws -> String { try PasswordSource.line(of: Array(text.utf8), "file") }
    #expect(try read(" a b \n") == " a b ")
    #expect(try read("ä\r\n") == "ä")
    #expect(try read("x") == "x")
    for text in ["", "\n", "a\nb\n", "a\n\n"] { #expect(throws: (any Error).self) { try read(text) } }
    #expect(throws: (any Error).self) { try PasswordSource.line(of: [0xFF], "file") }
  }
}
