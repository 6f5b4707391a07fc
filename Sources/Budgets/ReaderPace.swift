public import System

/// Whether who reads from a socket takes enough of what waits for it. A plain value: its owner says what it gives to the
/// socket, and what of it the kernel still has.
///
/// What the kernel takes is no sign of a reader: its buffer has room for seconds or hours of a slow one's reading, and it
/// tells of new room only when a third of it is free.
public struct ReaderPace: Sendable {
  /// Bytes a second that a reader must take, over the last window, of the time in which something waits for it.
  public static let slowest = 1024

  private var speed: RecentSpeed
  /// Bytes given to the socket.
  private var given = 0
  /// Those that the reader's end has, as of the last look.
  private var taken = 0

  /// - Parameter isWaiting: whether something waits for the reader from the first.
  public init(window: Duration, isWaiting: Bool, at now: MonotonicTime) {
    speed = RecentSpeed(window: window, at: now)
    if !isWaiting { speed.stopClock(at: now) }
  }

  /// The socket was given so many bytes.
  public mutating func noteGiven(_ bytes: Int) { given &+= bytes }

  /// Something waits for the reader from now on.
  ///
  /// - Returns: when to look.
  public mutating func beginWaiting(at now: MonotonicTime) -> MonotonicTime {
    speed.startClock(at: now)
    return speed.nextLook(after: now)
  }

  /// The socket has taken all.
  public mutating func endWaiting(at now: MonotonicTime) { speed.stopClock(at: now) }

  /// When to look again.
  public func nextLook(after now: MonotonicTime) -> MonotonicTime { speed.nextLook(after: now) }

  /// - Parameter queued: bytes of those given that the reader's end has not acknowledged.
  /// - Returns: whether the reader is too slow.
  public mutating func look(queued: Int, at now: MonotonicTime) -> Bool {
    let taken = given &- queued
    if taken > self.taken {
      speed.note(taken &- self.taken, at: now)
      self.taken = taken
    }
    return speed.isBelow(ReaderPace.slowest, at: now)
  }
}
