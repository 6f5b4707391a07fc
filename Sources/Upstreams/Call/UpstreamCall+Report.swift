internal import Fleet
package import OllamaAPI

extension UpstreamCall {
  /// What the sink has read of the response: what it took, and how long. The pool learns from it.
  package func note(_ usage: TokenUsage) {
    report.promptTokens = usage.promptTokens
    report.outputTokens = usage.completionTokens
    report.durations = usage.durations.map {
      FleetDurations(total: $0.total, load: $0.load, promptEval: $0.promptEval, eval: $0.eval)
    }
  }

  /// Ollama may run the request twice, so that how long it took proves nothing: `/api/chat` with a form and thinking, from 0.12.4 on.
  package func noteUnreliableDurations() { report.isUnreliable = true }
}
