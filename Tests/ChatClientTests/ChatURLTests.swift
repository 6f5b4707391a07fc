import Testing

@testable import ChatClient

@Suite struct ChatURLTests {
  @Test(arguments: [
    ("ws://127.0.0.1:10200/ws", "ws://127.0.0.1:10200/ws", "/ws?session_id=s"),
    ("ws://gateway", "ws://gateway:80/ws", "/ws?session_id=s"),
    ("WS://gateway:8/", "ws://gateway:8/ws", "/ws?session_id=s"),
    ("ws://[::1]:10200/api/v1/chat/ws", "ws://[::1]:10200/api/v1/chat/ws", "/api/v1/chat/ws?session_id=s"),
    ("ws://[::1]", "ws://[::1]:80/ws", "/ws?session_id=s"),
    ("ws://h:1?client_id=x", "ws://h:1/ws?client_id=x", "/ws?client_id=x&session_id=s"),
  ])
  func whatIsTaken(_ text: String, _ description: String, _ target: String) throws {
    let url = try ChatURL(text)
    #expect(url.description == description)
    #expect(url.target(session: "s") == target)
  }

  @Test(arguments: [
    "", "gateway:10200", "http://h", "wss://h/ws", "ws://", "ws://:80", "ws://h:0", "ws://h:65536",
    "ws://h:x",
    "ws://h:", "ws://user@h", "ws://h/ws#x", "ws://h/a b", "ws://h/\r\nHost: x", "ws://[::1", "ws://[::1]x",
    "ws://höst",
  ])
  func whatIsRefused(_ text: String) {
    #expect(throws: ChatURL.Malformed.self) { try ChatURL(text) }
  }

  @Test func tlsIsNamed() {
    let error = #expect(throws: ChatURL.Malformed.self) { try ChatURL("wss://h") }
    #expect(error?.description.hasPrefix("wss:// is not supported") == true)
  }

  @Test func theDefaultIsTheGatewaysOwn() throws {
    #expect(try ChatURL("ws://127.0.0.1:10200/ws") == .standard)
  }
}
