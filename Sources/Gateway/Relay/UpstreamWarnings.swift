internal import Logging
internal import System

/// Says in the log why Ollama fails: at most once in a while, as an Ollama that is gone fails every request. Ollama's own words
/// are not among it: they may repeat what a model or a client has said. Safe from any thread.
final class UpstreamWarnings: Sendable {
  private let logger: Logger
  private let state = Lock(State())

  /// From one warning to the next.
  static let pause = Duration.seconds(10)

  /// It has answered well, and then told of an error in its answer.
  static let errorInAnswer = "its answer tells of an error"

  static func status(_ status: Int) -> String { "it answers with status \(status)" }

  private struct State {
    var next: MonotonicTime?
    var suppressed = 0
  }

  init(logger: Logger) { self.logger = logger }

  /// - Parameters:
  ///   - failure: in words, with libcurl's own.
  ///   - server: the server's URL.
  func note(_ failure: String, of server: String, at now: MonotonicTime = .now) {
    let suppressed: Int? = state.withLock { state in
      if let next = state.next, now < next {
        state.suppressed += 1
        return nil
      }
      defer { state.suppressed = 0 }
      state.next = now + UpstreamWarnings.pause
      return state.suppressed
    }
    guard let suppressed else { return }
    let others = suppressed > 0 ? "; \(suppressed) more failures since the last warning" : ""
    logger.warning("Ollama \(server): \(failure)\(others)")
  }
}
