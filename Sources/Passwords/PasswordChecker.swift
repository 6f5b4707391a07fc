internal import Dispatch
internal import System

/// Hashes passwords, one at a time, on a queue of its own: a hash takes a quarter of a second of one core, and whoever sends
/// passwords shall have no more than that core. Safe from any thread.
package final class PasswordChecker: Sendable {
  /// How many wait for the one that is hashed. One more is refused.
  package static let waitingLimit = 16

  private let queue = DispatchQueue(label: "passwords")
  /// How many wait or are hashed.
  let load = Lock(0)
  private let cost: Int

  /// Nobody waits.
  package convenience init() { self.init(cost: PasswordHash.cost) }

  /// - Parameter cost: of the hashes that it makes.
  init(cost: Int) { self.cost = cost }

  /// Whether a password is the one that was hashed.
  ///
  /// - Parameters:
  ///   - password: as it was sent.
  ///   - hash: nil where there is no such user, or one without a password: then the ``PasswordHash/dummy`` is asked, which takes
  ///     the same time, and it is false.
  /// - Throws: where too many wait already.
  package func verify(
    _ password: String, against hash: PasswordHash?
  ) async throws(PasswordRefusal) -> Bool {
    try await perform { (hash ?? .dummy).matches(password) && hash != nil }
  }

  /// Hashes a password that ``PasswordRule`` lets through.
  ///
  /// - Throws: where too many wait already, or it cannot be hashed.
  package func make(_ password: String) async throws(PasswordRefusal) -> PasswordHash {
    let cost = cost
    guard let hash = try await perform({ PasswordHash.make(password, cost: cost) }) else { throw .unusable }
    return hash
  }

  /// Runs `body` on the queue, in its turn.
  func perform<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) async throws(PasswordRefusal) -> Result {
    let hasPlace = load.withLock { load in
      guard load <= Self.waitingLimit else { return false }
      load += 1
      return true
    }
    guard hasPlace else { throw .busy }
    return await withCheckedContinuation { continuation in
      queue.async { [load] in
        let result = body()
        load.withLock { $0 -= 1 }
        continuation.resume(returning: result)
      }
    }
  }
}
