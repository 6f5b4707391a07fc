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
    ("wss://h", "wss://h:443/ws", "/ws?session_id=s"), ("https://h", "wss://h:443/ws", "/ws?session_id=s"),
    ("HTTP://h", "ws://h:80/ws", "/ws?session_id=s"),
    ("https://[::1]:8443/", "wss://[::1]:8443/ws", "/ws?session_id=s"),
    // A base path, and a path.
    ("https://h/ai", "wss://h:443/ai/ws", "/ai/ws?session_id=s"),
    ("https://h/ai/?x", "wss://h:443/ai/ws?x", "/ai/ws?x&session_id=s"),
    ("https://h/ai/ws", "wss://h:443/ai/ws", "/ai/ws?session_id=s"),
    ("https://h/news", "wss://h:443/news/ws", "/news/ws?session_id=s"),
    ("wss://h/ai", "wss://h:443/ai", "/ai?session_id=s"),
    ("wss://h/ai/", "wss://h:443/ai/ws", "/ai/ws?session_id=s"),
  ])
  func whatIsTaken(_ text: String, _ description: String, _ target: String) throws {
    let url = try ChatURL(text)
    #expect(url.description == description)
    #expect(url.target(session: "s") == target)
  }

  @Test(arguments: [
    "", "gateway:10200", "ftp://h", "wss:/h/ws", "https://", "wss://h:0", "ws://", "ws://:80", "ws://h:0",
    "ws://h:65536",
    "ws://h:x",
    "ws://h:", "ws://user@h", "https://user:password@h/", "wss://user:password@h:1", "ws://h/ws#x",
    "ws://h/a b", "ws://h/\r\nHost: x", "ws://[::1", "ws://[::1]x",
    "ws://höst",
  ])
  func whatIsRefused(_ text: String) {
    #expect(throws: ChatURL.MalformedError.self) { try ChatURL(text) }
  }

  @Test func aPasswordIsNotRepeated() {
    let error = #expect(throws: ChatURL.MalformedError.self) { try ChatURL("wss://user:hunter2@h") }
    #expect(error?.description.contains("user name") == true)
    #expect(error?.description.contains("hunter2") == false)
    #expect(ChatURL.hasUser("wss://user:hunter2@h") && !ChatURL.hasUser("wss://h"))
  }

  @Test(arguments: [
    ("ws://h", "h"), ("ws://h:443", "h:443"), ("wss://h", "h"), ("wss://h:80", "h:80"),
    ("https://[::1]", "[::1]"),
  ])
  func theHostsFieldHasNoPortThatIsTheSchemes(_ text: String, _ field: String) throws {
    #expect(try ChatURL(text).hostField == field)
  }

  @Test func aHostAndAPortAreAGatewayAtTheRoot() throws {
    #expect(try ChatURL("ws://127.0.0.1:10200/ws") == ChatURL(host: "127.0.0.1", port: 10200))
    #expect(try ChatURL("ws://[::1]:1/ws") == ChatURL(host: "::1", port: 1))
  }
}
