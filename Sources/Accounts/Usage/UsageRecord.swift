/// How a request has ended, and what it has used.
package struct UsageRecord: Equatable, Sendable {
  /// How it has ended.
  package enum Ending: Sendable {
    /// The usage has Ollama's own counts: estimates learn from these alone.
    case counted
    /// In the middle, by whomever: of the response there is what was counted, and of the prompt what it was estimated at, where nobody
    /// has counted it.
    case cutOff
    /// The same, and nobody has seen what there was of the response: it is taken for what the time may have come to at the speed of the
    /// model, or for what was reserved where that is not known.
    case unseen
    /// Nothing came of it: the usage is what there is.
    case failed
  }

  /// What was used.
  package var usage: Usage
  /// The response's; 400 and above are failures.
  package var status: Int
  /// How it has ended.
  package var ending: Ending

  /// Whether the model has said something, as far as a server's word goes.
  var isResponse: Bool {
    switch ending {
    case .counted: true
    case .cutOff: status < 400 || usage.outputTokens > 0
    case .unseen: status < 400
    case .failed: false
    }
  }

  /// - Parameter usage: within the bounds of ``Usage``, or taken for the nearest.
  package init(_ usage: consuming Usage, status: Int, _ ending: Ending) {
    self.usage = usage
    self.status = status
    self.ending = ending
  }
}
