package import Accounts
internal import System
package import Upstreams

/// Tells the log of usage which digests models have that had none at the begin of their requests: those of an only server, which is asked
/// nothing by itself. It is asked for its models here, at most once in ten seconds, and in between where they may have changed or one is
/// asked for that it has not told. Safe from any thread.
package final class LoggedDigests: Sendable {
  /// As long the log waits for it: what was used is stored behind that.
  private static let patience = Duration.seconds(1)

  private let pool: UpstreamPool
  private let look: @Sendable (_ then: @escaping @Sendable () -> Void) -> Void
  private let questions = Lock(DigestQuestions())

  /// - Parameter look: asks the only server for its models, once a second at most; calls `then` where that is over, or never.
  package init(
    _ pool: UpstreamPool, look: @escaping @Sendable (_ then: @escaping @Sendable () -> Void) -> Void
  ) {
    self.pool = pool
    self.look = look
  }

  /// The digests of the models of requests, as far as they have none and one is known, by the requests' numbers.
  package func digests(of entries: [UsageEntry]) async -> [Int64: String] {
    guard pool.hasSoleServer else { return [:] }
    let open = entries.filter { $0.detail.digest == nil && !$0.account.model.isEmpty }
    let models = Set(open.map(\.account.model))
    let untold = { [pool] in models.filter { pool.digest(of: $0) == nil } }
    let stamp = pool.modelChanges.stamp
    let mustAsk = questions.withLock { [untold = untold()] in
      !models.isEmpty && $0.mustAsk(without: untold, stamp: stamp, at: .now)
    }
    if mustAsk {
      await ask()
      questions.withLock { [untold = untold()] in $0.isAsked(without: untold) }
    }
    var digests: [String: String] = [:]
    for model in models { digests[model] = pool.digest(of: model) }
    return open.reduce(into: [:]) { $0[$1.number] = digests[$1.account.model] }
  }

  /// Comes back when it has said it, or does not for too long: then it is for the next requests.
  private func ask() async {
    await withCheckedContinuation { continuation in
      let waiting = Lock<CheckedContinuation<Void, Never>?>(continuation)
      let resume: @Sendable () -> Void = {
        let taken = waiting.withLock { waiting in
          defer { waiting = nil }
          return waiting
        }
        taken?.resume()
      }
      look(resume)
      Task {
        try? await Task.sleep(for: LoggedDigests.patience)
        resume()
      }
    }
  }
}

/// When an only server is asked for its models, for the log. A plain value.
struct DigestQuestions {
  /// How long what it has said counts.
  static let age = Duration.seconds(10)

  private var askedAt: MonotonicTime?
  /// ``ModelChanges/stamp`` of then.
  private var stamp: Int?
  /// What it has not told then, though it was asked for.
  private var untold: Set<String> = []

  /// Whether it is time to ask, which counts as done then.
  ///
  /// - Parameters:
  ///   - models: those of requests that it has not told by now.
  ///   - stamp: of now; nil where models are being changed.
  mutating func mustAsk(without models: Set<String>, stamp: Int?, at now: MonotonicTime) -> Bool {
    if let askedAt, now - askedAt < DigestQuestions.age, stamp != nil, stamp == self.stamp,
      models.isSubset(of: untold)
    {
      return false
    }
    (askedAt, self.stamp) = (now, stamp)
    return true
  }

  /// It was asked.
  ///
  /// - Parameter models: those that it has not told still.
  mutating func isAsked(without models: Set<String>) { untold = models }
}
