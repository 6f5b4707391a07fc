internal import EventLoop
internal import System

/// Many exchanges at once from one thread: for tests with a thousand streams, and with ten thousand broken-off ones.
///
/// ```swift
/// let request = TestClient.requestBytes("POST", "/api/chat", json: #"{"model":"tinyllama","messages":[…]}"#)
/// let swarm = try StreamSwarm(port, count: 1000) { _ in request }
/// try await swarm.wait("all streams have begun") { $0.heads == 1000 }
/// for outcome in try await swarm.finish() { #expect(outcome.digest == expected) }
/// ```
///
/// It starts at once. Connections are opened some at a time, so that no accept queue overflows. All methods may be
/// called from any thread.
public final class StreamSwarm: Sendable {
  /// The bytes of the request of a stream, by its index. Runs on the swarm's thread.
  public typealias Request = @Sendable (_ index: Int) -> [UInt8]
  /// Gets the bytes of a body as they come, decoded. Runs on the swarm's thread.
  public typealias BodyHandler = @Sendable (_ index: Int, _ bytes: [UInt8]) -> Void

  /// How far a swarm is.
  public struct Progress: Sendable, Equatable {
    /// Streams that have been begun.
    public internal(set) var started = 0
    /// Streams whose response head has come.
    public internal(set) var heads = 0
    /// Streams that have ended, however.
    public internal(set) var ended = 0
    /// Of these, the ones whose response is whole.
    public internal(set) var complete = 0
    /// Bytes of all bodies.
    public internal(set) var bodyBytes = 0
    /// Connections opened so far.
    public internal(set) var connections = 0
  }

  private let runner: SwarmRunner
  private let loop: EventLoop

  /// Starts the streams.
  ///
  /// - Parameters:
  ///   - target: where to connect to.
  ///   - count: the number of exchanges.
  ///   - concurrency: how many of them go on at once. nil: all.
  ///   - reusesConnections: whether an exchange goes over the connection of the one before (keep-alive). One that
  ///     finds its connection closed before a byte came is tried once more on a new connection.
  ///   - collectLimit: how many bytes of each body are kept. All are counted and hashed.
  ///   - receiveBuffer: the size of the sockets' receive buffers in bytes (`SO_RCVBUF`).
  ///   - cuts: which connections are cut, and where.
  ///   - byteInterval: lets each request go out a byte at a time, this far apart (slowloris). nil: all at once.
  ///   - stalls: which streams send their request and then read nothing, until ``readStalled()``.
  ///   - onBody: gets the bodies.
  ///   - request: the requests. Not HEAD: the swarm would wait for a body. An empty one makes a connection that stays
  ///     idle until the peer closes it.
  /// - Throws: if no descriptors or threads are left.
  public init(
    _ target: TestClient.Target, count: Int, concurrency: Int? = nil, reusesConnections: Bool = false,
    collectLimit: Int = 0, receiveBuffer: Int? = nil, cuts: Cuts? = nil, byteInterval: Duration? = nil,
    stalls: (@Sendable (_ index: Int) -> Bool)? = nil, onBody: BodyHandler? = nil,
    request: @escaping Request
  ) throws {
    precondition(count > 0 && (concurrency ?? 1) > 0, "a swarm has at least one stream")
    ProcessFigures.raiseDescriptorLimit()
    loop = try EventLoop(name: "swarm")
    let plan = SwarmPlan(
      address: target.address, count: count, concurrency: min(concurrency ?? count, count),
      reusesConnections: reusesConnections, collectLimit: collectLimit, receiveBuffer: receiveBuffer,
      cuts: cuts,
      byteInterval: byteInterval, stalls: stalls, onBody: onBody, request: request)
    runner = SwarmRunner(loop: loop, plan: plan)
    loop.execute { [runner] in runner.startMore() }
  }

  /// Starts streams to a port of 127.0.0.1. The parameters are those of the other initializer.
  public convenience init(
    _ port: UInt16, count: Int, concurrency: Int? = nil, reusesConnections: Bool = false,
    collectLimit: Int = 0,
    receiveBuffer: Int? = nil, cuts: Cuts? = nil, byteInterval: Duration? = nil,
    stalls: (@Sendable (_ index: Int) -> Bool)? = nil,
    onBody: BodyHandler? = nil, request: @escaping Request
  ) throws {
    try self.init(
      .port(port), count: count, concurrency: concurrency, reusesConnections: reusesConnections,
      collectLimit: collectLimit, receiveBuffer: receiveBuffer, cuts: cuts, byteInterval: byteInterval,
      stalls: stalls, onBody: onBody,
      request: request)
  }

  deinit {
    if !loop.isCurrent { stop() }
  }

  /// How far it has come. Safe from any thread.
  public var progress: Progress { runner.state.withLock { $0.progress } }

  /// Waits until `condition` holds.
  ///
  /// - Throws: ``ConditionTimeout``.
  public func wait(
    _ what: String = "the condition on the swarm", within limit: Duration = .seconds(60),
    file: StaticString = #fileID, line: UInt = #line, until condition: (Progress) -> Bool
  ) async throws {
    try await eventually(what, within: limit, file: file, line: line, state: { "\(progress)" }) {
      condition(progress)
    }
  }

  /// Waits until all streams have ended, and ends the swarm.
  ///
  /// - Returns: the outcomes, by index.
  /// - Throws: ``ConditionTimeout``.
  @discardableResult
  public func finish(
    within limit: Duration = .seconds(120), file: StaticString = #fileID, line: UInt = #line
  ) async throws -> [Outcome] {
    try await eventually(
      "all streams of the swarm have ended", within: limit, file: file, line: line, state: { "\(progress)" }
    ) {
      runner.state.withLock { $0.isFinished }
    }
    stop()
    return runner.state.withLock { $0.outcomes.compactMap(\.self) }
  }

  /// Cuts one stream's connection now, if it goes on.
  public func cut(_ index: Int, _ manner: Departure = .finished) {
    loop.execute { [runner] in runner.cut(index, manner) }
  }

  /// Cuts all connections now and starts no more; streams that have not ended end as cut, or never begin.
  public func cutAll(_ manner: Departure = .finished) {
    loop.execute { [runner] in runner.cutAll(manner) }
  }

  /// Lets the streams that stall read from now on.
  public func readStalled() {
    loop.execute { [runner] in runner.readStalled() }
  }

  /// Closes all connections and ends the thread. Once is enough, more do no harm.
  public func stop() {
    loop.execute { [runner] in runner.cutAll(.finished) }
    loop.shutDown()
  }
}
