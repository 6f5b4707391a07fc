import HTTPFields
import Testing
import WebSocket

@Suite struct ServerHandshakeTests {
  /// RFC 6455 section 1.3.
  private static let sample: [HTTPField] = [
    ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Origin", "http://example.com"),
    ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Version", "13"),
  ]

  private func handshake(
    _ fields: [HTTPField], method: String = "GET", isHTTP1_1: Bool = true, subprotocols: [String] = []
  ) throws(HandshakeRefusal) -> ServerHandshake {
    try ServerHandshake(method: method, isHTTP1_1: isHTTP1_1, fields: fields, subprotocols: subprotocols)
  }

  /// The sample without the fields of this name, and with others.
  private func sample(without name: StaticString, with values: [String]) -> [HTTPField] {
    Self.sample.filter { !$0.name.isFieldName(name) } + values.map { ("\(name)", $0) }
  }

  @Test func theSampleOfTheStandardIsAccepted() throws {
    let accepted = try handshake(Self.sample, subprotocols: ["chat"])
    #expect(accepted.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    #expect(accepted.subprotocol == "chat")
    let fields = accepted.fields
    #expect(fields.first("upgrade") == "websocket")
    // The HTTP server sets it.
    #expect(fields.first("connection") == nil)
    #expect(fields.first("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    #expect(fields.first("sec-websocket-protocol") == "chat")
    #expect(fields.count == 3)
  }

  @Test(arguments: [
    ("chat", ["superchat"], nil), ("a, b", ["b", "a"], "a"), ("a,b", ["b"], "b"), ("Chat", ["chat"], nil),
    ("", ["chat"], nil), (", ,chat", ["chat"], "chat"), ("chat", [], nil),
  ])
  func onlyAKnownSubprotocolIsEchoed(offered: String, known: [String], chosen: String?) throws {
    let accepted = try handshake(
      sample(without: "sec-websocket-protocol", with: [offered]), subprotocols: known)
    #expect(accepted.subprotocol == chosen)
    #expect(accepted.fields.first("sec-websocket-protocol") == chosen)
  }

  @Test func offersMayBeSpreadOverFields() throws {
    let fields = sample(without: "sec-websocket-protocol", with: ["a", "b"])
    #expect(try handshake(fields, subprotocols: ["b"]).subprotocol == "b")
  }

  @Test func extensionsAreNotNegotiated() throws {
    let fields = Self.sample + [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
    #expect(try handshake(fields).fields.first("sec-websocket-extensions") == nil)
  }

  @Test(arguments: [
    ("upgrade", ["WebSocket"]), ("upgrade", ["h2c, websocket"]), ("upgrade", ["h2c", "WEBSOCKET"]),
    ("connection", ["keep-alive, Upgrade"]), ("connection", ["keep-alive", "upgrade"]),
    ("connection", ["keep-alive ,\tUPGRADE ,"]), ("sec-websocket-version", [" 13 "]),
    ("sec-websocket-key", ["\tAAAAAAAAAAAAAAAAAAAAAA== "]), ("content-length", ["0"]), ("host", [""]),
  ])
  func formsThatMeanTheSame(name: String, values: [String]) throws {
    let others = Self.sample.filter { $0.name.lowercased() != name }
    #expect(throws: Never.self) { try handshake(others + values.map { (name, $0) }) }
  }

  @Test(arguments: [
    ("Host", []), ("Host", ["a", "a"]),
    ("Upgrade", []), ("Upgrade", ["websockets"]), ("Upgrade", ["web socket"]), ("Upgrade", ["h2c"]),
    ("Connection", []), ("Connection", ["keep-alive"]), ("Connection", ["upgraded"]), ("Connection", [""]),
    ("Sec-WebSocket-Key", []), ("Sec-WebSocket-Key", ["", ""]), ("Sec-WebSocket-Key", [""]),
    ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="]),
    ("Sec-WebSocket-Key", ["c2hvcnQ="]), ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZSwgbG9uZ2Vy"]),
    ("Sec-WebSocket-Version", []), ("Sec-WebSocket-Version", ["13", "13"]),
    ("Sec-WebSocket-Version", ["13", "8"]), ("Sec-WebSocket-Version", [""]),
    ("Sec-WebSocket-Version", ["013"]), ("Sec-WebSocket-Version", ["+13"]),
    ("Sec-WebSocket-Version", ["256"]), ("Sec-WebSocket-Version", ["13, 8"]),
    ("Content-Length", ["5"]), ("Transfer-Encoding", ["chunked"]),
  ])
  func eachFieldIsChecked(name: String, values: [String]) {
    let fields = Self.sample.filter { $0.name != name } + values.map { (name, $0) }
    let refusal = #expect(throws: HandshakeRefusal.self) { try handshake(fields) }
    #expect(refusal?.status == 400)
    #expect(refusal?.reason.contains(name) == true)
    #expect(refusal?.fields.isEmpty == true)
  }

  @Test(arguments: ["0", "8", "12", "14", "25", "255"])
  func anotherVersionIsToldOurs(version: String) {
    let fields = sample(without: "sec-websocket-version", with: [version])
    let refusal = #expect(throws: HandshakeRefusal.self) { try handshake(fields) }
    #expect(refusal?.status == 426)
    #expect(refusal?.fields.first("sec-websocket-version") == "13")
    #expect(refusal?.fields.first("upgrade") == "websocket")
  }

  @Test func methodAndVersionOfHTTP() {
    for method in ["POST", "HEAD", "get", "CONNECT"] {
      let refusal = #expect(throws: HandshakeRefusal.self) { try handshake(Self.sample, method: method) }
      #expect(refusal?.status == 400)
    }
    let refusal = #expect(throws: HandshakeRefusal.self) { try handshake(Self.sample, isHTTP1_1: false) }
    #expect(refusal?.status == 400)
  }
}
