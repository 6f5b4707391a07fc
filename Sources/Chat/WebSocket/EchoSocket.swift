#if TEST_ROUTES
  internal import Handling
  internal import Configuration
  internal import EventLoop
  internal import HTTPFields
  internal import HTTPServer
  internal import WebSocket

  /// Sends back what it receives, by the connection and the engine of the real routes: for test suites of the protocol.
  /// Lives on its worker's loop.
  final class EchoSocket: WebSocketConnectionDelegate {
    private var socket: WebSocketConnection?

    /// Large enough for every message of the Autobahn suite.
    private static var limits: WebSocketLimits {
      var limits = WebSocketLimits()
      limits.frameBytes = 16 << 20
      limits.messageBytes = 16 << 20
      limits.send.bound = 32 << 20
      return limits
    }

    func open(_ connection: UpgradedConnection, flusher: SocketFlusher, sendTimeout: Duration) {
      let socket = WebSocketConnection(
        connection, flusher: flusher, sendTimeout: sendTimeout, limits: EchoSocket.limits)
      socket.delegate = self
      self.socket = socket
    }

    /// The gateway is going down.
    func leave() {
      socket?.close(.goingAway, reason: "the gateway is shutting down")
    }

    func socket(_ socket: WebSocketConnection, didReceive text: UnsafeRawBufferPointer) {
      socket.send(.text, text)
    }

    func socket(_ socket: WebSocketConnection, didReceiveBinary bytes: UnsafeRawBufferPointer) {
      socket.send(.binary, bytes)
    }

    func socketHasRoom(_ socket: WebSocketConnection) {}

    func socketIsClosing(_ socket: WebSocketConnection) {}

    func socketDidEnd(_ socket: WebSocketConnection) {}
  }

  extension SocketEndpoints {
    /// `GET /ws/echo`, in test builds.
    func openEcho(_ request: GatewayRequest) throws(RequestFailure) {
      let handshake = try self.handshake(of: request)
      let echo = EchoSocket()
      let sendTimeout = context.settings.configuration.sendTimeout
      request.drain = { echo.leave() }
      request.respond(
        ServerResponse(
          status: 101, fields: FieldSection(handshake.fields),
          body: .upgrade { [flusher] in echo.open($0, flusher: flusher, sendTimeout: sendTimeout) }))
    }
  }
#endif
