internal import Access
package import System

/// Lets so many requests of each caller through in a minute, and says when the next one is: the first system's rate for links that set a
/// new password.
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
  static let limit = 5
  /// In which they are counted.
  static let window = Duration.seconds(60)
  /// The most callers.
  static let capacity = 10_000

  private var callers: RecencyTable<Caller, [MonotonicTime]>

  /// Nobody has asked.
  package init() { self.init(capacity: Self.capacity) }

  init(capacity: Int) { callers = RecencyTable(capacity: capacity) }

  /// Takes a request.
  ///
  /// - Parameter now: never before that of an earlier call.
  /// - Returns: nil where it is let through; else how long to wait, and it does not count.
  package mutating func take(_ caller: Caller, at now: MonotonicTime) -> Duration? {
    var times = (callers[caller] ?? []).filter { now - $0 < Self.window }
    if times.count >= Self.limit, let first = times.first { return first + Self.window - now }
    times.append(now)
    callers[caller] = times
    return nil
  }
}
