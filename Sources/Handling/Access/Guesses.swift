internal import Access
package import System

/// The wrong keys of all workers, by the address that they came from. Safe from any thread; asked where a key is wrong, and nowhere
/// else.
package final class Guesses: Sendable {
  private let throttle = Lock(GuessThrottle())

  /// None yet.
  package init() {}

  /// Takes a wrong key down.
  ///
  /// - Returns: how long its address is told nothing more of its keys; nil where it is.
  package func fail(from address: IPAddress?) -> Duration? {
    throttle.withLock { $0.fail(from: address, at: .now) }
  }
}
