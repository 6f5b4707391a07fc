import Access
import GatewayTesting
import System
import Testing

@testable import Sessions

/// A registry on a store of a test, as the gateway makes it at its start, with clocks that go when they are told to.
final class KeptRegistry {
  /// Stores compare some times with the machine's.
  private static let start = Timestamp.now
  let store: any StoreUnderTest
  private(set) var storage: SessionStorage
  private(set) var registry: SessionRegistry
  private let elapsed = Lock(Duration.zero)
  private let make: (any SessionStore) throws -> SessionStorage

  /// - Parameters:
  ///   - timeToLive, sessionsOfPrincipal, sizeLimit: see ``SessionStorage``.
  init(
    _ kind: TestedStore, timeToLive: Duration? = nil, sessionsOfPrincipal: Int? = nil, sizeLimit: Int? = nil
  ) throws {
    store = try kind.make()
    make = {
      try SessionStorage(
        $0, timeout: .seconds(60), sizeLimit: sizeLimit, timeToLive: timeToLive,
        sessionsOfPrincipal: sessionsOfPrincipal)
    }
    storage = try make(store.store)
    registry = Self.registry(storage, elapsed)
  }

  private static func registry(_ storage: SessionStorage, _ elapsed: Lock<Duration>) -> SessionRegistry {
    let clock = SessionClock(
      timestamp: { start.adding(elapsed.withLock { $0 }) },
      monotonic: { MonotonicTime(nanoseconds: 0) + elapsed.withLock { $0 } }, isRealTime: false)
    let limits = SessionLimits(
      sessions: 1000, totalBytes: 64 << 20, timeToLive: .seconds(600), contextMessages: 40,
      contextBytes: 64 << 10, grace: .seconds(30), retention: .seconds(60))
    return SessionRegistry(limits: limits, storage: storage, clock: clock)
  }

  func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }

  /// The next process.
  func restart() async throws {
    await close()
    try store.reopen()
    storage = try make(store.store)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    registry = Self.registry(storage, elapsed)
  }

  func close() async { await storage.close(within: .seconds(60)) }

  /// A turn, until it is stored with its answer.
  @discardableResult
  func talk(_ session: String, _ message: String = "question", images: [TurnImage] = []) async throws -> Turn
  {
    let id = try #require(SessionID(session))
    var request = TurnRequest(sessionID: id, principal: .loopback, message: message, model: "m")
    request.images = images
    let turn = try await registry.beginTurn(request)
    try await registry.acknowledge(turn)
    try await end(turn)
    return turn
  }

  /// Ends a turn, with an answer where nothing else is said, and waits until that is stored.
  func end(_ turn: Turn, _ outcome: GenerationOutcome? = nil) async throws {
    if outcome == nil {
      Array("answer".utf8).withUnsafeBytes { _ = turn.generation.log.append($0, as: .content) }
    }
    let completed = GenerationOutcome.completed(doneReason: "stop", usage: GenerationUsage())
    await registry.finishTurn(turn, outcome ?? completed)
    try await eventually("the turn is stored") { turn.generation.log.hasEnded }
    advance(by: .milliseconds(1))
  }

  /// The ids of what is stored, in their order.
  func stored() async throws -> [String] {
    let sessions = try await storage.readers.read { reader throws(StoreError) in
      try reader.sessions(after: nil, limit: 1000)
    }
    return sessions.compactMap { $0.key.sessionID?.description }.sorted()
  }
}

extension Principal {
  /// The programs of this machine.
  static let loopback = Principal(.thisMachine, scopes: [.inference, .chat, .modelsRead])
}
