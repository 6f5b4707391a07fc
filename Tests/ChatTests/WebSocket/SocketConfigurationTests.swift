@testable import Chat
@testable import Handling
import GatewayTesting
import Testing

/// The object that a connection keeps for its client.
@Suite struct SocketConfigurationTests {
  private func merged(_ objects: String...) throws -> String {
    var config = SocketConfiguration()
    for object in objects { try config.merge(Array(object.utf8)) }
    return String(decoding: config.json, as: UTF8.self)
  }

  @Test func whatIsSaidLaterIsAddedAndReplaces() throws {
    #expect(try merged() == "{}")
    #expect(try merged("{}", "{}") == "{}")
    #expect(try merged(#"{"a":1,"b":[1,{"c":2}]}"#) == #"{"a":1,"b":[1,{"c":2}]}"#)
    #expect(try merged(#"{"a":1,"b":2}"#, #"{"b":{"x":3},"c":4}"#) == #"{"a":1,"b":{"x":3},"c":4}"#)
    #expect(try merged(#"{"a":{"x":1}}"#, #"{"a":{"y":2}}"#) == #"{"a":{"y":2}}"#, "not at all depths")
    #expect(try merged(#"{"a":1,"a":2}"#, #"{"\n\"":3}"#) == #"{"a":2,"\n\"":3}"#)
    // Two ways to write one letter are two keys.
    #expect(try merged("{\"e\u{301}\":1}", "{\"\u{e9}\":2}") == "{\"e\u{301}\":1,\"\u{e9}\":2}")
  }

  @Test func itHasABound() throws {
    var config = SocketConfiguration()
    // Braces, quotes and colon of the member are 8 bytes.
    try config.merge(Array(#"{"a":"\#(String(repeating: "x", count: (16 << 10) - 8))"}"#.utf8))
    #expect(config.json.count == 16 << 10)
    let before = config
    #expect(throws: RequestFailure.self) { try config.merge(Array(#"{"b":1}"#.utf8)) }
    #expect(config == before, "it is as it was")
    try config.merge(Array(#"{"a":1}"#.utf8))
    try config.merge(Array(#"{"b":1}"#.utf8))
    #expect(String(decoding: config.json, as: UTF8.self) == #"{"a":1,"b":1}"#)
  }
}
