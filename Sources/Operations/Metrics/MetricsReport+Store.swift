internal import Sessions
internal import Telemetry

// What keeps the sessions beyond the process.
extension MetricsReport {
  /// Where nothing is stored there is nothing to tell.
  func writeStore(into text: inout MetricsText) {
    guard let store, let figures = store.figures else { return }
    func gauge(_ name: String, _ help: String, _ value: Int) {
      text.gauge("ollama_gateway_store_\(name)", help)
      text.sample(["kind": "\(store.kind)"], value)
    }
    func counter(_ name: String, _ help: String, _ value: Int) {
      text.counter("ollama_gateway_store_\(name)", help)
      text.sample(["kind": "\(store.kind)"], value)
    }
    gauge(
      "up", "1 if the store has done what it was asked last, and has room for more, else 0.",
      figures.isFailing || figures.state == .full ? 0 : 1)
    text.histogram("ollama_gateway_store_commit_seconds", "What commits took that came back.")
    text.sample(["kind": "\(store.kind)"], Histogram(figures))
    counter("writes", "Writes that were committed: many go with one commit.", figures.writes)
    counter("failures", "Commits that the store has failed; each is tried again.", figures.failures)
    gauge("queue", "Writes that wait or are under way.", figures.waiting)
    gauge("bytes", "What the store takes, without what is free in it.", figures.bytes)
    gauge(
      "interrupted", "Generations that were running when an earlier process was killed, ended by the start.",
      figures.interrupted)
  }
}

extension Histogram {
  /// Of a store's commits.
  fileprivate init(_ figures: StoreFigures) {
    self.init(Bounds(StoreFigures.commitBounds), counts: figures.commitCounts, sum: figures.commitSeconds)
  }
}
