import GatewayTesting

/// What a client got for bytes that it sent as they are.
struct RawExchange: Sendable {
  /// The first response, or nil if the connection ended without one.
  let response: TestClient.Response?
  /// Whether the gateway closed the connection after it, with no byte more.
  let isClosed: Bool
  /// What came after the first response, if anything did.
  let second: TestClient.Response?

  /// Sends `bytes` on a connection of its own, reads a response and waits for the end of the connection.
  ///
  /// - Throws: `timedOut` if the gateway keeps the connection open.
  static func send(_ bytes: [UInt8], to port: UInt16) async throws -> RawExchange {
    try await TestClient.run(port) { connection in
      // The gateway may respond and close before it has all.
      do { try connection.send(bytes) } catch TestClientError.cannotSend {}
      guard let response = try read(connection) else {
        return RawExchange(response: nil, isClosed: true, second: nil)
      }
      let second = try read(connection)
      return RawExchange(response: response, isClosed: second == nil, second: second)
    }
  }

  static func send(_ text: String, to port: UInt16) async throws -> RawExchange {
    try await send(Array(text.utf8), to: port)
  }

  private static func read(_ connection: TestClient.Connection) throws -> TestClient.Response? {
    do throws(TestClientError) {
      return try connection.readResponse()
    } catch {
      guard case .closed = error else { throw error }
      return nil
    }
  }
}
