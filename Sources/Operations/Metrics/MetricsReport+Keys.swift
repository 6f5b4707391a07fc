internal import Handling
internal import Limits
internal import Telemetry

// What came of the work for each key.
extension MetricsReport {
  /// Where nobody has a key or limits there is nothing to tell.
  func writeKeys(into text: inout MetricsText) {
    var sum = KeyFigures()
    for worker in workers { sum.add(worker.figures.keys) }
    let figures = zip(keys, sum.entries).compactMap { name, figures in figures.map { (name, $0) } }
    guard !figures.isEmpty else { return }
    text.counter("ollama_gateway_key_requests", "Requests to models that are over, by key.")
    for (key, figures) in figures { text.sample(["key": key], figures.requests) }
    text.counter("ollama_gateway_key_failures", "Of these, with a status of 400 or more.")
    for (key, figures) in figures { text.sample(["key": key], figures.failures) }
    text.counter("ollama_gateway_key_tokens", "Tokens of prompts and of what models said, by key.")
    for (key, figures) in figures {
      text.sample(["key": key, "type": "input"], figures.inputTokens)
      text.sample(["key": key, "type": "output"], figures.outputTokens)
    }
    text.counter("ollama_gateway_key_gpu_seconds", "Time for which servers were at work, by key.")
    for (key, figures) in figures { text.sample(["key": key], Double(figures.gpuMicroseconds) / 1_000_000) }
    text.counter("ollama_gateway_limit_refusals", "Requests that a limit has refused, by key.")
    for (key, figures) in figures {
      for (kind, count) in figures.refusals.sorted(by: { $0.key.name < $1.key.name }) {
        text.sample(["key": key, "limit": kind.name], count)
      }
    }
  }
}
