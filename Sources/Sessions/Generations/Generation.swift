internal import Access
internal import Bytes
public import EventLoop
public import System

/// One completion in flight: who makes it, who may stop it, and the log that its listeners read.
///
/// Safe from any thread.
public final class Generation: Sendable {
  /// 64 random bits in hexadecimal: it cannot be guessed, and serves as the first part of an SSE event's `id`.
  public let id: String
  /// The session whose turn it belongs to.
  public let sessionID: SessionID
  /// With its tag.
  public let model: String
  /// When its turn came.
  public let startedAt: Timestamp
  /// Who asked for it.
  let principal: Principal.ID
  /// By what listener it was asked for, if by one.
  public let origin: SessionListener.ID?
  /// Which of that listener's turns it belongs to, by its own count.
  public let originTurn: Int?
  /// Whether it goes on for a while when nobody listens: see ``TurnRequest/isStreamed``.
  let isStreamed: Bool
  /// Its events: the one who makes it appends, listeners subscribe.
  public let log: EventLog

  /// Whether what is told of it may not be stored yet: `durability: relaxed`.
  public let isRelaxed: Bool

  private struct State {
    var stopReason: StopReason?
    var hook: (@Sendable (StopReason) -> Void)?
  }
  private let state = Lock(State())

  /// - Parameter request: the turn's.
  init(
    of request: TurnRequest, in sessionID: SessionID, startedAt: Timestamp, limits: SessionLimits,
    isRelaxed: Bool = false
  ) {
    self.isRelaxed = isRelaxed
    var generator = SystemRandomNumberGenerator()
    id = Hexadecimal.text(of: generator.next())
    self.sessionID = sessionID
    model = request.model
    principal = request.principal.id
    origin = request.origin
    originTurn = request.originTurn
    isStreamed = request.isStreamed
    self.startedAt = startedAt
    log = EventLog(
      maximumBytes: limits.logBytes, maximumEvents: limits.logEvents, budget: limits.memory,
      account: request.account)
  }

  /// One that a store has kept, and that has ended.
  init(
    restored id: String, in sessionID: SessionID, model: String, by principal: Principal.ID,
    startedAt: Timestamp,
    log: EventLog
  ) {
    self.id = id
    self.sessionID = sessionID
    self.model = model
    self.principal = principal
    self.startedAt = startedAt
    self.log = log
    origin = nil
    originTurn = nil
    isStreamed = true
    isRelaxed = false
  }

  /// Why it was asked to stop, if it was. The first reason stays.
  public var stopReason: StopReason? { state.withLock { $0.stopReason } }

  /// Asks the worker that runs the generation to end it. Only the first call counts; after the end none does.
  public func requestStop(_ reason: StopReason) {
    guard !log.hasEnded else { return }
    let hook = state.withLock { state -> (@Sendable (StopReason) -> Void)? in
      guard state.stopReason == nil else { return nil }
      state.stopReason = reason
      return state.hook.take()
    }
    hook?(reason)
  }

  /// Sets what the worker does when the generation shall stop: `hook` runs on `loop`, once at most, and soon when
  /// the stop was requested before. It is dropped when the generation ends.
  public func onStop(on loop: EventLoop, _ hook: @escaping @Sendable (StopReason) -> Void) {
    let onLoop: @Sendable (StopReason) -> Void = { reason in loop.execute { hook(reason) } }
    let reason = state.withLock { state -> StopReason? in
      if state.stopReason == nil { state.hook = onLoop }
      return state.stopReason
    }
    if let reason { onLoop(reason) }
  }

  /// Ends the log. False when it has ended before.
  func end(_ outcome: GenerationOutcome, at timestamp: Timestamp) -> Bool {
    // The hook holds on to the worker's transfer.
    state.withLock { $0.hook = nil }
    return log.end(GenerationEnd(outcome: outcome, timestamp: timestamp))
  }
}
