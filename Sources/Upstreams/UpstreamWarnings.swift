package import Logging
internal import Fleet
internal import System

/// Warnings in the log of why Ollama fails: one in ``pause`` at most, as an Ollama that is gone fails every request. Ollama's
/// own words are not in them, as those may repeat what a model or a client has said. Safe from any thread.
package final class UpstreamWarnings: Sendable {
  private let logger: Logger
  private let state = Lock(State())

  /// The time between two warnings, at least.
  static let pause = Duration.seconds(10)

  private struct State {
    var next: MonotonicTime?
    var suppressed = 0
  }

  package init(logger: Logger) { self.logger = logger }

  /// A server of several is down, or up again.
  func note(_ server: String, isUp: Bool) {
    if isUp {
      logger.notice("Ollama \(server) is up again")
    } else {
      logger.warning("Ollama \(server) is down: it gets nothing until it says its version")
    }
  }

  /// A model that is to stay in a server's memory is not there, or is there again.
  func note(_ model: String, isKept trouble: FleetPinTrouble?, by server: String) {
    switch trouble {
    case nil: logger.notice("Ollama \(server) has \(model) in memory, where it stays")
    case .notListed: logger.warning("Ollama \(server) has no model \(model), which is to stay in its memory")
    case .noRoom:
      logger.warning(
        "Ollama \(server) has no room for \(model) beside the others that are to stay in its memory")
    case .loadFailed(let failure):
      logger.warning("Ollama \(server) could not load \(model), which is to stay in its memory: \(failure)")
    }
  }

  /// - Parameters:
  ///   - failure: in words, with libcurl's own.
  ///   - server: its name, or its URL where it has none.
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
