internal import Accounts
package import OllamaAPI

/// What metered work has come to.
package enum WorkOutcome {
  /// It is whole, and Ollama says what it took.
  case counted(TokenUsage)
  /// It was cut off, by whomever, or Ollama does not say what it took: so many tokens were made.
  case estimated(tokens: Int)
  /// The same of a response of which nobody here could see how far it was: one in one piece, or one that is coded.
  case unseen
  /// Ollama has made nothing of it: it was refused, or has failed at once.
  case nothing
}

extension WorkOutcome {
  /// As accounts know it.
  var ending: UsageRecord.Ending {
    switch self {
    case .counted: .counted
    case .estimated: .cutOff
    case .unseen: .unseen
    case .nothing: .failed
    }
  }
}
