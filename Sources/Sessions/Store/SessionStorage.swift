internal import System

/// A store with what writes to it and reads from it. Safe from any thread.
package final class SessionStorage: Sendable {
  /// The store itself.
  package let store: any SessionStore
  /// Writes in groups.
  package let writer: StoreWriter
  /// Some readers beside it.
  package let readers: StoreReaders
  /// Whether turns go on before they are stored, and are told so.
  package let isRelaxed: Bool
  /// How long a session is kept without being used; nil for ever.
  let timeToLive: Duration?
  /// How many sessions a principal may have; nil for any number.
  let sessionsOfPrincipal: Int?
  private let followers = Lock<[@Sendable (Bool) -> Void]>([])

  /// - Parameters:
  ///   - timeout: how long somebody waits for a write.
  ///   - rest: how long the begin of a turn in one piece may wait for its end, with which it is stored then.
  ///   - sizeLimit: bytes of the store beyond which no turn begins; nil for no bound.
  ///   - isRelaxed: whether turns go on before they are stored.
  ///   - timeToLive: how long a session is kept without being used; nil for ever.
  ///   - sessionsOfPrincipal: how many sessions a principal may have; nil for any number.
  ///   - teller: is told of what an operator is to know, on no particular thread.
  package init(
    _ store: any SessionStore, timeout: Duration, rest: Duration = .milliseconds(50), sizeLimit: Int? = nil,
    isRelaxed: Bool = false,
    timeToLive: Duration? = nil, sessionsOfPrincipal: Int? = nil,
    teller: @escaping @Sendable (StoreNote) -> Void = { _ in }
  ) throws(StoreError) {
    self.store = store
    var limits = StoreQueue.Limits()
    (limits.timeout, limits.rest) = (timeout, rest)
    writer = StoreWriter(try store.makeWriter(), limits: limits, sizeLimit: sizeLimit, teller: teller)
    readers = StoreReaders(store, teller: teller)
    self.isRelaxed = isRelaxed
    self.timeToLive = timeToLive
    self.sessionsOfPrincipal = sessionsOfPrincipal
  }

  /// Why no turn may begin now; nil where one may.
  package var refusal: StoreRefusal? { isRelaxed ? writer.unawaitedRefusal : writer.refusal }

  /// What it has done and how it is, for metrics and the status.
  package var figures: StoreFigures {
    var figures = writer.figures
    figures.readFailure = readers.failure
    if figures.readFailure != nil { figures.isFailing = true }
    return figures
  }

  /// Has `handler` called each second, as long as a registry looks after the store: with whether another process has changed it since.
  /// On no particular thread, which it may not block.
  package func follow(_ handler: @escaping @Sendable (_ wasChanged: Bool) -> Void) {
    followers.withLock { $0.append(handler) }
  }

  func tell(wasChanged: Bool) {
    for follower in followers.withLock({ $0 }) { follower(wasChanged) }
    Task { await readers.lookAfterFailed() }
  }

  /// Writes what waits, for at most so long, then gives the store back.
  package func close(within limit: Duration) async {
    await writer.close(within: limit)
    await readers.close()
    store.close()
  }
}
