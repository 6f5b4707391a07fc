internal import System
internal import EventLoop

/// The numbers of all routes, the same in all workers: what logs and metrics call a request, and never a path that a client
/// chose. Safe from any thread.
package final class RouteNumbers: Sendable {
  /// Of a request that found no route.
  package static let unknown = 0
  /// Of a CORS preflight.
  package static let preflight = 1

  private let table = Lock(["unknown", "preflight"])

  /// By their numbers.
  package var patterns: [String] { table.withLock { $0 } }

  /// The number of a route, a new one where nobody has asked for it before.
  package func number(of pattern: String) -> Int {
    table.withLock { patterns in
      if let number = patterns.firstIndex(of: pattern) { return number }
      patterns.append(pattern)
      return patterns.count - 1
    }
  }
}
