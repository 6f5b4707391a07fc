import Glibc
import Testing

@testable import ChatClient

@Suite struct ChatKeyTests {
  /// A file with this content and mode, read as a key.
  private func key(_ content: [UInt8], mode: mode_t) throws -> ChatKey {
    var path = Array("/tmp/gateway-key-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    #expect(descriptor >= 0)
    let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(name) }
    #expect(write(descriptor, content, content.count) == content.count)
    fchmod(descriptor, mode)
    close(descriptor)
    return try ChatKey(file: name)
  }

  @Test(arguments: ["sk-1", " sk-1\n", "\r\n\tsk-1\r\n\r\n"])
  func whiteSpaceAroundItIsNoneOfIt(_ text: String) throws {
    #expect(try ChatKey(text).text == "sk-1")
    #expect(try key(Array(text.utf8), mode: 0o600).text == "sk-1")
  }

  @Test(arguments: ["", " \n", "a b", "a\nb", "a\r\nX-Evil: 1", "a\u{0}", "é", "a\u{7F}"])
  func whatIsNoKey(_ text: String) {
    let error = #expect(throws: ChatKey.MalformedError.self) { try ChatKey(text) }
    #expect(error?.description.contains("Evil") == false)
    #expect(throws: ChatKey.MalformedError.self) { try key(Array(text.utf8), mode: 0o600) }
  }

  @Test func itsSizeIsBounded() throws {
    let longest = String(repeating: "k", count: ChatKey.limit)
    #expect(try ChatKey(longest).text == longest)
    #expect(throws: ChatKey.MalformedError.self) { try ChatKey(longest + "k") }
    #expect(throws: ChatKey.MalformedError.self) { try key(Array((longest + "k").utf8), mode: 0o600) }
    #expect(throws: ChatKey.MalformedError.self) { try ChatKey(file: "/dev/zero") }
  }

  @Test(arguments: [
    (mode_t(0o600), true), (0o400, true), (0o640, true), (0o644, false), (0o604, false), (0o660, false),
    (0o602, false),
  ])
  func whoMayReadTheFile(mode: mode_t, isTaken: Bool) {
    #expect(((try? key([0x6B], mode: mode)) != nil) == isTaken, "\(String(mode, radix: 8))")
  }

  @Test func itIsNotPrinted() throws {
    let key = try ChatKey("secret")
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains("secret"))
  }

  @Test(arguments: [
    ("http://gateway", true), ("ws://10.0.0.1", true), ("https://gateway", false), ("ws://127.0.0.1", false),
    ("http://localhost", false), ("ws://[::1]", false),
  ])
  func whoCouldReadIt(_ url: String, _ isInTheClear: Bool) throws {
    var settings = ChatSettings(try ChatURL(url))
    #expect(!settings.sendsKeyInTheClear)
    settings.key = try ChatKey("secret")
    #expect(settings.sendsKeyInTheClear == isInTheClear)
  }
}
