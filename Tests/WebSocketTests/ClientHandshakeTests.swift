import HTTPFields
import Testing

@testable import WebSocket

@Suite struct ClientHandshakeTests {
  private static let key = HandshakeKey("dGhlIHNhbXBsZSBub25jZQ==")

  private static let response: [HTTPField] = [
    ("Upgrade", "websocket"), ("Connection", "Upgrade"),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
  ]

  private func handshake(_ subprotocols: [String] = []) throws -> ClientHandshake {
    ClientHandshake(subprotocols: subprotocols, key: try #require(Self.key))
  }

  @Test func aServerTakesWhatAClientSends() throws {
    let client = ClientHandshake(subprotocols: ["b", "a"])
    let server = try ServerHandshake(
      method: "GET", isHTTP1_1: true, fields: [("Host", "localhost")] + client.fields,
      subprotocols: ["a", "b"])
    let fields = server.fields + [("Connection", "Upgrade")]
    #expect(try client.subprotocol(ofResponse: 101, fields: fields) == "b")
  }

  @Test func keysAreSixteenRandomBytes() {
    var random = SeededGenerator(seed: 7)
    let keys = Set((0..<100).map { _ in HandshakeKey.random(using: &random).text })
    #expect(keys.count == 100)
    #expect(HandshakeKey.random() != HandshakeKey.random())
  }

  @Test func theSampleOfTheStandardIsTaken() throws {
    #expect(try handshake().subprotocol(ofResponse: 101, fields: Self.response) == nil)
    let fields: [HTTPField] = Self.response + [("sec-websocket-protocol", "chat")]
    #expect(try handshake(["chat"]).subprotocol(ofResponse: 101, fields: fields) == "chat")
  }

  @Test(arguments: [
    ("Upgrade", [], HandshakeError.upgrade), ("Upgrade", ["h2c"], .upgrade),
    ("Connection", [], .connection), ("Connection", ["close"], .connection),
    ("Sec-WebSocket-Accept", [], .accept),
    ("Sec-WebSocket-Accept", ["S3pPLMBiTxaQ9kYGzzhZRbK+xOo="], .accept),
    (
      "Sec-WebSocket-Accept", ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], .accept
    ),
    ("Sec-WebSocket-Extensions", ["permessage-deflate"], .extensions),
    ("Sec-WebSocket-Protocol", ["other"], .subprotocol),
    ("Sec-WebSocket-Protocol", ["chat", "chat"], .subprotocol),
    ("Sec-WebSocket-Protocol", ["Chat"], .subprotocol),
  ])
  func eachFieldIsChecked(name: String, values: [String], failure: HandshakeError) throws {
    let fields = Self.response.filter { $0.name != name } + values.map { (name, $0) }
    let client = try handshake(["chat"])
    #expect(throws: failure) { try client.subprotocol(ofResponse: 101, fields: fields) }
  }

  @Test(arguments: [100, 200, 302, 400, 426, 503]) func otherStatusesAreFailures(status: Int) throws {
    let client = try handshake()
    #expect(throws: HandshakeError.status(status)) {
      try client.subprotocol(ofResponse: status, fields: Self.response)
    }
  }
}
