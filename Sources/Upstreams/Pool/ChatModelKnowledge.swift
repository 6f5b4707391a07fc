package import System

/// Which models can chat, where Ollama says it of one model at a time only: each is asked for once, whoever lists the models,
/// and known by its digest from then on. Safe from any thread.
package final class ChatModelKnowledge: Sendable {
  private struct State {
    var canChat: [String: Bool] = [:]
    /// Those that are being asked for.
    var open: Set<String> = []
    /// When Ollama may be asked again, after it has failed to answer.
    var rest: MonotonicTime?
  }

  private let state = Lock(State())

  package init() {}

  /// Models that are known; one more, and all are asked for anew.
  package static let capacity = 10_000
  /// Models that are asked for by one list; the others by the next.
  package static let questions = 64
  package static let restAfterFailure = Duration.seconds(60)

  /// - Parameter digest: lower-case hexadecimal.
  /// - Returns: nil where it is not known.
  package func canChat(_ digest: String) -> Bool? { state.withLock { $0.canChat[digest] } }

  /// Takes over to ask for models: those of the list that are not known and that nobody asks for, each once. Each is to be
  /// ``settle(_:canChat:)``d, or ``giveUp(_:at:)`` called.
  package func take(_ digests: some Sequence<String>, at now: MonotonicTime) -> [String] {
    state.withLock { state in
      if let rest = state.rest, now < rest { return [] }
      state.rest = nil
      var taken: [String] = []
      for digest in digests where state.canChat[digest] == nil && taken.count < ChatModelKnowledge.questions {
        if state.open.insert(digest).inserted { taken.append(digest) }
      }
      return taken
    }
  }

  /// - Parameter canChat: what Ollama has said; nil, that it does not say.
  package func settle(_ digest: String, canChat: Bool?) {
    state.withLock { state in
      state.open.remove(digest)
      if state.canChat.count >= ChatModelKnowledge.capacity { state.canChat = [:] }
      state.canChat[digest] = canChat ?? true
    }
  }

  /// The rest of what was taken is not asked for.
  ///
  /// - Parameter failure: when Ollama has failed to answer, if it has.
  package func giveUp(_ digests: some Sequence<String>, failure: MonotonicTime? = nil) {
    state.withLock { state in
      state.open.subtract(digests)
      if let failure { state.rest = failure + ChatModelKnowledge.restAfterFailure }
    }
  }
}
