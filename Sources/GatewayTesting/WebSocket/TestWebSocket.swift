internal import CLinux
internal import EventLoop
internal import System

/// A WebSocket client for tests, with frames of its own making: RFC 6455 from the other end. It can send what no client
/// should, and leave as no client should.
///
/// ```swift
/// let socket = try await TestWebSocket.connect(port, "/ws?session_id=s")
/// try await socket.send(#"{"message":"Hello"}"#)
/// let message = try await socket.receive()
/// ```
///
/// All of them live on one loop, so that thousands at once are no burden. It reads by itself, answers pings and
/// closing handshakes, and checks each frame it gets.
public actor TestWebSocket {
  /// What has come.
  public enum Message: Sendable, Equatable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, String)
    /// The connection is over. The last of all, and told as often as asked.
    case end(Departure)
  }

  nonisolated let loop: EventLoop
  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// The head of the response to the handshake.
  public internal(set) var response = ""
  var descriptor: Int32 = -1
  var watch: Watch?
  var state = State.connecting
  var parser = TestFrameParser()
  var head: [UInt8] = []
  var inbox: [Message] = []
  var unread = 0
  var output: [UInt8] = []
  var departure: Departure?
  var failure: TestWebSocketError?
  var waiter: CheckedContinuation<Void, Never>?
  var isReading = true
  /// Whether the handshake has succeeded.
  var isShaken = false
  var sentClose = false
  /// Whether pings and closing handshakes are answered.
  var isPolite = true

  enum State {
    case connecting
    case handshake
    case open
    case over
  }

  /// One for all.
  private static let sharedLoop = Result { () throws(SystemCallError) in try EventLoop(name: "test-websocket")
  }
  static let readBuffer = 1 << 16

  private init(loop: EventLoop) { self.loop = loop }

  deinit {
    if descriptor >= 0 { CLinux.close(descriptor) }
  }

  /// Connects to a port of 127.0.0.1 and shakes hands.
  ///
  /// - Parameters:
  ///   - headers: further fields of the handshake; one of its own fields given here takes its place.
  ///   - frames: sent along with the handshake, before the response has come.
  ///   - receiveBuffer: the size of the socket's receive buffer in bytes (`SO_RCVBUF`), for readers that stall.
  /// - Throws: ``TestWebSocketError``.
  public static func connect(
    _ port: UInt16, _ target: String = "/ws", _ headers: TestHeaders = [:], along frames: [TestFrame] = [],
    receiveBuffer: Int? = nil
  ) async throws -> TestWebSocket {
    let socket = TestWebSocket(loop: try sharedLoop.get())
    let request = handshake(target, headers) + frames.flatMap(\.bytes)
    try await socket.open(.loopback(port: port), request, receiveBuffer)
    return socket
  }

  /// The request of an opening handshake as bytes, with the key of RFC 6455's example.
  public static func handshake(_ target: String = "/ws", _ headers: TestHeaders = [:]) -> [UInt8] {
    var fields = headers
    let own: TestHeaders = [
      "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]
    for field in own.fields where !headers.contains(field.name) { fields.add(field.name, field.value) }
    return TestClient.requestBytes("GET", target, fields)
  }

  /// What a server answers to ``handshake(_:_:)`` in `Sec-WebSocket-Accept`.
  public static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

  // MARK: Saying

  /// Sends a text message.
  public nonisolated func send(_ text: String) async { await send(.text(text)) }

  /// Sends a frame as it is.
  public nonisolated func send(_ frame: TestFrame) async {
    // A large one takes its time, which the loop's other sockets should not wait for.
    let bytes = frame.bytes
    await send(bytes, isClose: frame.opcode == TestFrame.Opcode.close)
  }

  func send(_ bytes: [UInt8], isClose: Bool) {
    if isClose { sentClose = true }
    send(bytes: bytes)
  }

  /// Sends bytes as they are. What the server does not take at once goes out later.
  public func send(bytes: [UInt8]) {
    guard state != .over else { return }
    output += bytes
    write()
  }

  // MARK: Listening

  /// The next message; pings, and pongs that answer nothing, too.
  ///
  /// - Throws: ``TestWebSocketError`` if the server breaks the protocol, or nothing comes.
  public func receive(within limit: Duration = .seconds(120)) async throws -> Message {
    try await wait(limit, "a message") { $0.unread < $0.inbox.count || $0.isDone }
    if unread < inbox.count {
      defer { unread += 1 }
      if unread > 1000 {
        inbox.removeFirst(unread)
        unread = 0
      }
      return inbox[unread]
    }
    if let failure { throw failure }
    return .end(departure ?? .finished)
  }

  /// The next text message, as JSON. Anything else but pings is none.
  public func receiveJSON(within limit: Duration = .seconds(120)) async throws -> TestJSON {
    while true {
      switch try await receive(within: limit) {
      case .text(let text): return try TestJSON(text)
      case .ping: continue
      case let other: throw TestWebSocketError.unexpected("\(other)")
      }
    }
  }

  /// Messages that have come and that nobody has taken.
  public var pendingCount: Int { inbox.count - unread }

  /// Whether the connection is over.
  public var isOver: Bool { state == .over }

  /// Reads no more from the connection until ``startReading()``.
  public func stopReading() {
    isReading = false
    updateWatch()
  }

  /// Lets the socket be read again.
  public func startReading() {
    isReading = true
    updateWatch()
  }

  /// Answers no ping and no closing handshake any more.
  public func becomeImpolite() { isPolite = false }

  // MARK: Leaving

  /// Closes in order and waits for the end.
  ///
  /// - Returns: the server's code.
  @discardableResult
  public func close(_ code: UInt16 = 1000) async throws -> UInt16? {
    if !sentClose { send(TestFrame.close(code).bytes, isClose: true) }
    var answer: UInt16?
    while true {
      switch try await receive() {
      case .close(let code, _): answer = code
      case .end: return answer
      default: continue
      }
    }
  }

  /// Breaks the connection off (RST).
  public func kill() {
    guard descriptor >= 0 else { return }
    forgetWatch()
    Sockets.closeWithReset(descriptor)
    descriptor = -1
    end(.reset)
  }

  /// Closes the writing half (FIN) without a word.
  public func shutDown() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Is not heard of any more: neither reads nor writes nor leaves, as behind a network that drops everything. The
  /// descriptor is closed with the last reference.
  public func fallSilent() {
    forgetWatch()
    output = []
    end(nil)
  }
}
