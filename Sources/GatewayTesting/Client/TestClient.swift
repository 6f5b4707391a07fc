/// An HTTP/1.1 client for tests that shows what is on the wire, and can misbehave.
///
/// Its calls block, so they run on a thread of their own. One exchange:
///
/// ```swift
/// let response = try await TestClient.run(port) { connection in
///   try connection.post("/api/chat", json: #"{"model":"tinyllama"}"#)
/// }
/// ```
///
/// With something of the test's own in between:
///
/// ```swift
/// let client = try await TestClient.connect(port)
/// try await client.perform { try $0.send("POST /api/chat HTTP/1.1\r\n") }
/// try await ollama.wait("…") { $0.openConnections == 1 }
/// try await client.perform { $0.reset() }
/// ```
///
/// `@unchecked Sendable`: `perform` hands the connection to one thread at a time; a second call while one runs traps.
public final class TestClient: @unchecked Sendable {
  /// Where to connect to.
  public enum Target: Sendable {
    /// 127.0.0.1.
    case port(UInt16)
    /// A UNIX socket.
    case unix(String)

    var address: SocketAddress {
      switch self {
      case .port(let port): .loopback(port: port)
      case .unix(let path): .unix(path: path)
      }
    }
  }

  private let connection: Connection
  private let isBusy = BusyFlag()

  private init(_ connection: Connection) { self.connection = connection }

  deinit { connection.close() }

  /// Runs `body` with a new connection on a thread of its own; the connection is closed afterwards.
  ///
  /// - Parameters:
  ///   - receiveBuffer: the size of the socket's receive buffer in bytes (`SO_RCVBUF`), for readers that stall.
  ///   - timeout: how long one wait for the peer may take.
  /// - Throws: ``TestClientError``, or what `body` throws.
  public static func run<Result: Sendable>(
    _ target: Target, receiveBuffer: Int? = nil, timeout: Duration = .seconds(120),
    _ body: @escaping @Sendable (Connection) throws -> Result
  ) async throws -> Result {
    try await TestThread.run {
      let connection = try Connection(target, receiveBuffer: receiveBuffer, timeout: timeout)
      defer { connection.close() }
      return try body(connection)
    }
  }

  /// Runs `body` with a new connection to a port of 127.0.0.1. The parameters are those of the other `run`.
  public static func run<Result: Sendable>(
    _ port: UInt16, receiveBuffer: Int? = nil, timeout: Duration = .seconds(120),
    _ body: @escaping @Sendable (Connection) throws -> Result
  ) async throws -> Result {
    try await run(.port(port), receiveBuffer: receiveBuffer, timeout: timeout, body)
  }

  /// Opens a connection to be used by ``perform(_:)``.
  public static func connect(
    _ target: Target, receiveBuffer: Int? = nil, timeout: Duration = .seconds(120)
  ) async throws -> TestClient {
    try await TestThread.run {
      TestClient(try Connection(target, receiveBuffer: receiveBuffer, timeout: timeout))
    }
  }

  /// Opens a connection to a port of 127.0.0.1.
  public static func connect(
    _ port: UInt16, receiveBuffer: Int? = nil, timeout: Duration = .seconds(120)
  ) async throws -> TestClient {
    try await connect(.port(port), receiveBuffer: receiveBuffer, timeout: timeout)
  }

  /// Runs `body` with the connection on a thread of its own. One at a time.
  @discardableResult
  public func perform<Result: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> Result
  ) async throws -> Result {
    isBusy.enter()
    defer { isBusy.leave() }
    return try await TestThread.run { [self] in try body(connection) }
  }

  /// One GET on a connection of its own.
  public static func get(_ port: UInt16, _ path: String, _ headers: TestHeaders = [:]) async throws
    -> Response
  {
    try await run(port) { try $0.get(path, headers) }
  }

  /// One POST of a JSON body on a connection of its own.
  public static func post(
    _ port: UInt16, _ path: String, json: String, _ headers: TestHeaders = [:]
  ) async throws -> Response {
    try await run(port) { try $0.post(path, json: json, headers) }
  }

  /// One request on a connection of its own.
  public static func request(
    _ port: UInt16, _ method: String, _ path: String, _ headers: TestHeaders = [:], body: [UInt8]? = nil
  ) async throws -> Response {
    try await run(port) { try $0.request(method, path, headers, body: body) }
  }
}
