internal import Budgets
internal import System

/// How fast a request's body comes, and its response is read. A plain value without a clock.
struct ConnectionPace {
  /// How fast the body comes of late, of the time in which we read it.
  private var body: RecentSpeed
  /// When a body must be complete, however fast it comes.
  private var bodyEnd: MonotonicTime?
  private var reader: ReaderPace

  /// The slowest that a body may come, over the last `headerTimeout`: bytes a second.
  static let slowestBody = 1024

  init(_ limits: HTTPServerLimits, at now: MonotonicTime) {
    body = RecentSpeed(window: limits.headerTimeout, at: now)
    reader = ReaderPace(window: limits.sendTimeout, isWaiting: false, at: now)
  }

  mutating func requestBegins(_ limits: HTTPServerLimits, at now: MonotonicTime) {
    body = RecentSpeed(window: limits.headerTimeout, at: now)
    bodyEnd = nil
  }
}

// MARK: - The body

extension ConnectionPace {
  /// The body is held in memory: it has its time in all.
  mutating func limitBody(to end: MonotonicTime) { bodyEnd = end }

  mutating func noteBody(_ count: Int, at now: MonotonicTime) { body.note(count, at: now) }

  /// From now on we do not read: that time is not the client's.
  mutating func bodyPauses(at now: MonotonicTime) { body.stopClock(at: now) }

  mutating func bodyGoesOn(at now: MonotonicTime) { body.startClock(at: now) }

  /// When ``isBodyTooSlow(at:)`` may next come to another result.
  func nextBodyLook(after now: MonotonicTime) -> MonotonicTime {
    let look = body.nextLook(after: now)
    return bodyEnd.map { min($0, look) } ?? look
  }

  mutating func isBodyTooSlow(at now: MonotonicTime) -> Bool {
    if let bodyEnd, now >= bodyEnd { return true }
    return body.isBelow(ConnectionPace.slowestBody, at: now)
  }
}

// MARK: - The response's reader

extension ConnectionPace {
  /// A response begins, and something waits for its reader.
  ///
  /// - Returns: when to look at it.
  mutating func responseBegins(_ limits: HTTPServerLimits, at now: MonotonicTime) -> MonotonicTime {
    reader = ReaderPace(window: limits.sendTimeout, isWaiting: true, at: now)
    return reader.nextLook(after: now)
  }

  /// The socket was given so many bytes, or the library was.
  mutating func noteGiven(_ count: Int) { reader.noteGiven(count) }

  /// Something waits for the reader from now on.
  ///
  /// - Returns: when to look at it.
  mutating func waitingBegins(at now: MonotonicTime) -> MonotonicTime { reader.beginWaiting(at: now) }

  /// The socket has taken all.
  mutating func waitingEnds(at now: MonotonicTime) { reader.endWaiting(at: now) }

  func nextReaderLook(after now: MonotonicTime) -> MonotonicTime { reader.nextLook(after: now) }

  /// - Parameter unacknowledged: bytes of those given that the client's end does not have.
  mutating func isReaderTooSlow(unacknowledged: Int, at now: MonotonicTime) -> Bool {
    reader.look(queued: unacknowledged, at: now)
  }
}
