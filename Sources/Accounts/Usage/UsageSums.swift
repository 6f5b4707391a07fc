/// What requests have used together. Sums stay at the end of what fits.
package struct UsageSums: Equatable, Sendable {
  /// How many have ended.
  package var requests: Int64 = 0
  /// Those of them with a status of 400 or above.
  package var failures: Int64 = 0
  /// See ``Usage``.
  package var inputTokens: Int64 = 0
  /// See ``Usage``.
  package var cachedTokens: Int64 = 0
  /// See ``Usage``.
  package var outputTokens: Int64 = 0
  /// See ``Usage``.
  package var promptMicroseconds: Int64 = 0
  /// See ``Usage``.
  package var evalMicroseconds: Int64 = 0
  /// See ``Usage``.
  package var loadMicroseconds: Int64 = 0
  /// See ``Usage``.
  package var waitMicroseconds: Int64 = 0
  /// See ``Usage``.
  package var sentBytes: Int64 = 0

  /// Nothing.
  package init() {}

  /// What has come since: less than 0 where it was told to be more than it is.
  package init(from old: Usage, to new: Usage) {
    inputTokens = Int64(new.inputTokens - old.inputTokens)
    cachedTokens = Int64(new.cachedTokens - old.cachedTokens)
    outputTokens = Int64(new.outputTokens - old.outputTokens)
    promptMicroseconds = Int64(new.promptMicroseconds - old.promptMicroseconds)
    evalMicroseconds = Int64(new.evalMicroseconds - old.evalMicroseconds)
    loadMicroseconds = Int64(new.loadMicroseconds - old.loadMicroseconds)
    waitMicroseconds = Int64(new.waitMicroseconds - old.waitMicroseconds)
    sentBytes = Int64(new.sentBytes - old.sentBytes)
  }

  /// What is less than 0 of it, with its sign changed: what was told to be more than it is.
  var losses: UsageSums {
    var losses = UsageSums()
    for part in UsageSums.parts where self[keyPath: part] < 0 {
      losses[keyPath: part] = 0 - max(self[keyPath: part], -.max)
    }
    return losses
  }

  /// What is more than 0 of it.
  var gains: UsageSums {
    var gains = self
    for part in UsageSums.parts { gains[keyPath: part] = max(gains[keyPath: part], 0) }
    return gains
  }

  /// Takes out of this as much of `losses` as there is of it.
  ///
  /// - Parameter losses: 0 or more of each; afterwards what there was not.
  /// - Returns: what was taken.
  mutating func giveBack(_ losses: inout UsageSums) -> UsageSums {
    var taken = UsageSums()
    for part in UsageSums.parts {
      let amount = min(losses[keyPath: part], max(self[keyPath: part], 0))
      self[keyPath: part] -= amount
      losses[keyPath: part] -= amount
      taken[keyPath: part] = amount
    }
    return taken
  }

  /// All of it with its sign changed.
  var reversed: UsageSums {
    var reversed = UsageSums()
    for part in UsageSums.parts { reversed[keyPath: part] = 0 - max(self[keyPath: part], -.max) }
    return reversed
  }

  private static let parts: [any WritableKeyPath<UsageSums, Int64> & Sendable] = [
    \.requests, \.failures, \.inputTokens, \.cachedTokens, \.outputTokens, \.promptMicroseconds,
    \.evalMicroseconds,
    \.loadMicroseconds, \.waitMicroseconds, \.sentBytes,
  ]

  /// Tokens that limits count.
  var tokens: Int64 { inputTokens + outputTokens }
  /// The time that budgets of GPU seconds count.
  var gpuMicroseconds: Int64 { promptMicroseconds + evalMicroseconds }

  /// Adds up.
  package static func += (left: inout UsageSums, right: UsageSums) {
    left.requests.add(right.requests)
    left.failures.add(right.failures)
    left.inputTokens.add(right.inputTokens)
    left.cachedTokens.add(right.cachedTokens)
    left.outputTokens.add(right.outputTokens)
    left.promptMicroseconds.add(right.promptMicroseconds)
    left.evalMicroseconds.add(right.evalMicroseconds)
    left.loadMicroseconds.add(right.loadMicroseconds)
    left.waitMicroseconds.add(right.waitMicroseconds)
    left.sentBytes.add(right.sentBytes)
  }
}

extension Int64 {
  /// Adds; a sum that does not fit stays at the end of what does.
  mutating func add(_ other: Int64) {
    let (sum, overflow) = addingReportingOverflow(other)
    self = overflow ? (other < 0 ? .min : .max) : sum
  }
}
