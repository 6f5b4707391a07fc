internal import Access
package import System

/// Lets so many requests of each caller through in a time, and says when the next one is: five in a minute is the first system's rate for
/// links that set a new password.
///
/// A plain value: events in, verdicts out. It knows the ``capacity`` callers that asked last.
package struct RequestWindow: Sendable {
  /// Who asks.
  package enum Caller: Hashable, Sendable {
    /// A user who is signed in, by his id.
    case user(Int64)
    /// Anybody else.
    case network(LoginNetwork)
  }

  /// Requests within ``window``.
  let limit: Int
  /// In which they are counted.
  let window: Duration
  /// The most callers.
  static let capacity = 10_000

  private var callers: RecencyTable<Caller, [MonotonicTime]>

  /// Nobody has asked.
  package init() { self.init(limit: 5, window: .seconds(60)) }

  /// The same with other bounds: see the properties.
  init(limit: Int, window: Duration, capacity: Int = RequestWindow.capacity) {
    self.limit = limit
    self.window = window
    callers = RecencyTable(capacity: capacity)
  }

  /// Takes a request.
  ///
  /// - Parameter now: never before that of an earlier call.
  /// - Returns: nil where it is let through; else how long to wait, and it does not count.
  package mutating func take(_ caller: Caller, at now: MonotonicTime) -> Duration? {
    var times = (callers[caller] ?? []).filter { now - $0 < window }
    if times.count >= limit, let first = times.first { return first + window - now }
    times.append(now)
    callers[caller] = times
    return nil
  }

  /// One that was let through has come to nothing: it does not count.
  package mutating func giveBack(_ caller: Caller) {
    guard var times = callers.peek(caller), !times.isEmpty else { return }
    times.removeLast()
    callers[caller] = times
  }
}
