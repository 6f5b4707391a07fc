internal import Dispatch
internal import System

/// Hashes passwords, one at a time, on a queue of its own: a hash takes a quarter of a second of one core, and whoever sends
/// passwords shall have no more than that core. Safe from any thread.
package final class PasswordChecker: Sendable {
  /// How many wait for the one that is hashed. One more is refused.
  package static let waitingLimit = 16

  private let queue = DispatchQueue(label: "passwords")
  /// Who waits or is hashed.
  let load = Lock(PasswordQueue())
  private let cost: Int
  private let note: (@Sendable (_ cost: Int) -> Void)?

  /// Nobody waits.
  ///
  /// - Parameters:
  ///   - cost: of the hashes that it makes.
  ///   - note: is told the cost of each hash that a password is compared with, on the queue: what the time that it takes tells, without
  ///     a clock. Nil: nobody.
  package init(cost: Int = PasswordHash.cost, noting note: (@Sendable (_ cost: Int) -> Void)? = nil) {
    self.cost = cost
    self.note = note
  }

  /// Whether a password is the one that was hashed. Whatever it is, and whatever there is to compare with, 2 to the power of the cost are
  /// the rounds that it takes.
  ///
  /// - Parameters:
  ///   - password: as it was sent.
  ///   - hash: nil where there is no such user, or one without a password: then the ``PasswordHash/dummy`` is asked, which takes
  ///     the same time, and it is false.
  ///   - asker: nil for who has shown who he is.
  /// - Throws: where too many wait already, or too many of the asker's.
  package func verify(
    _ password: String, against hash: PasswordHash?, for asker: PasswordAsker? = nil
  ) async throws(PasswordRefusal) -> Bool {
    let (cost, note) = (cost, note)
    // What bcrypt would cut is nobody's, and costs whoever sends it as much.
    let isWhole = PasswordHash.takes(password)
    let (password, hash) = isWhole ? (password, hash) : ("", nil)
    return try await perform(for: asker) {
      let compared = hash ?? .dummy(cost: cost)
      note?(compared.cost)
      let isRight = compared.matches(password)
      // One of a lower cost would tell that its user is there: each of these takes as long as all before it.
      var missing = compared.cost
      while missing < cost {
        note?(missing)
        _ = PasswordHash.dummy(cost: missing).matches(password)
        missing += 1
      }
      return isRight && hash != nil
    }
  }

  /// Whether a hash is as it would be made today. One that is not is made anew when its user signs in.
  package func isCurrent(_ hash: PasswordHash) -> Bool { hash.isMade(atCost: cost) }

  /// Hashes a password that ``PasswordRule`` lets through.
  ///
  /// - Parameter asker: nil for who has shown who he is.
  /// - Throws: where too many wait already, or too many of the asker's, or it cannot be hashed.
  package func make(
    _ password: String, for asker: PasswordAsker? = nil
  ) async throws(PasswordRefusal) -> PasswordHash {
    let cost = cost
    let hash = try await perform(for: asker) { PasswordHash.make(password, cost: cost) }
    guard let hash else { throw .unusable }
    return hash
  }

  /// Runs `body` on the queue, in its turn.
  func perform<Result: Sendable>(
    for asker: PasswordAsker? = nil, _ body: @escaping @Sendable () -> Result
  ) async throws(PasswordRefusal) -> Result {
    guard load.withLock({ $0.enter(asker) }) else { throw .busy }
    return await withCheckedContinuation { continuation in
      queue.async { [load] in
        let result = body()
        load.withLock { $0.leave(asker) }
        continuation.resume(returning: result)
      }
    }
  }
}
