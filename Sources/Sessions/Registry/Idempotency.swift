internal import System
package import Access

/// A request that may come twice: `Idempotency-Key`.
public struct Idempotency: Sendable {
  /// Whose it is, and its text.
  let key: IdempotencyKey
  /// Of what was asked for.
  let digest: [UInt8]
  /// A generation that the store has for the key, and of which nothing is left: the key is another one's from now on.
  var formerGeneration: String?

  /// - Parameters:
  ///   - text: the key as the client has chosen it; the caller has bounded it.
  ///   - principal: who asks: each has keys of their own.
  ///   - digest: of what is asked for; a request with another one is not the same.
  package init(_ text: String, of principal: Principal, digest: [UInt8]) {
    key = IdempotencyKey(owner: principal.id, text: text)
    self.digest = digest
  }
}

struct IdempotencyKey: Hashable {
  let owner: Principal.ID
  let text: String
}

/// Who shows a key.
public enum IdempotencyClaim: Sendable {
  /// The first: the turn is to be begun with this, or given up.
  case first(Idempotency)
  /// It was shown before: this is its generation.
  case joined(Generation)
}

/// What was asked for by a key.
struct IdempotentTurn {
  enum State {
    /// It waits for its turn. Those who wait with it ask again where they get no generation.
    case waits([CheckedContinuation<Result<Generation?, TurnError>, Never>])
    case began(id: String, in: SessionKey, message: Int)
  }

  var state: State
  let digest: [UInt8]
  let expiresAt: MonotonicTime
  /// As long as anybody has it.
  weak var generation: Generation?
}
