import Accounts
import GatewayTesting
import Limits
import OllamaAPI
import System
import Testing

@testable import Handling
@testable import Operations
@testable import Sessions
@testable import Telemetry

/// What operators read of the metrics: each that the program writes is in the README's table and on the dashboard, and
/// nothing else is.
@Suite struct MetricDocumentTests {
  /// The text of a gateway that has served a request and a generation.
  private static var text: String {
    let metrics = WorkerMetrics()
    let start = MonotonicTime(nanoseconds: 0)
    metrics.noteRequest(
      WorkerMetrics.RequestSeries(method: .get, route: 0, status: 200), duration: .seconds(1), sent: 1,
      received: 1)
    metrics.noteGeneration(
      model: "m", route: 0, usage: TokenUsage(promptTokens: 3, completionTokens: 4), start: start,
      firstToken: start + .seconds(1), end: start + .seconds(2))
    metrics.keys.note(Usage(inputTokens: 1, outputTokens: 2), status: 200, label: 2)
    metrics.keys.noteRefusal(.rpm, label: 2)
    let worker = MetricsReport.WorkerState(
      name: "worker-1", figures: metrics.figures, activeRequests: [:], clientConnections: 0,
      upstreamConnections: 0, activeTransfers: 0, pausedTransfers: 0, longestTick: .zero,
      hasUnlistedModels: false, spareMemory: (0, 0))
    let report = MetricsReport(
      workers: [worker], routes: ["/"], keys: ["_anonymous", "_other", "4fX2kPq81Zab"],
      upstream: "http://127.0.0.1:11434",
      fleet: SampleFleet.view, isSoleUp: nil,
      sessions: SessionCounts(), store: StoreReport(kind: "sqlite", StoreFigures()),
      memory: [MetricsReport.Memory(name: "bodies", used: 1, limit: 2)],
      webSockets: [:], process: ProcessStatistics())
    return String(decoding: report.text(.prometheus), as: UTF8.self)
  }

  /// The names of the metrics, and of their samples.
  private static var written: (metrics: Set<String>, samples: Set<String>) {
    var metrics: Set<String> = []
    var samples: Set<String> = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# TYPE ") {
        metrics.insert(String(line.split(separator: " ")[2]))
      } else if !line.hasPrefix("#") {
        samples.insert(String(line.prefix { $0 != "{" && $0 != " " }))
      }
    }
    return (metrics, samples)
  }

  /// A metric's name, of that of a sample of a histogram as well.
  private static func metric(of sample: String, among metrics: Set<String>) -> String {
    for suffix in ["_bucket", "_sum", "_count"] where sample.hasSuffix(suffix) {
      let name = String(sample.dropLast(suffix.count))
      if metrics.contains(name) { return name }
    }
    return sample
  }

  @Test("README: the table has every metric") func readme() throws {
    let text = try ProjectFile.text("README.md")
    let start = try #require(text.firstRange(of: "| metric | by | what |\n"))
    let rows = text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { !$0.isEmpty }
    let names = rows.flatMap { row in
      row.split(separator: "|")[0].matches(of: /`([a-z_]+)`/).map { String($0.output.1) }
    }
    #expect(Set(names) == Self.written.metrics)
    #expect(Set(names).count == names.count)
  }

  @Test("The dashboard has a panel for every metric, and asks for what there is") func dashboard() throws {
    let dashboard = try TestJSON(Array(ProjectFile.text("grafana/ollama-gateway.json").utf8))
    let panels = dashboard["panels"].array
    let expressions = panels.flatMap { $0["targets"].array }.compactMap { $0["expr"].string }
    let asked = Set(expressions.flatMap { $0.matches(of: /[a-z][a-z_]+(?=\{)/).map { String($0.output) } })
    let (metrics, samples) = Self.written
    #expect(asked.subtracting(samples).isEmpty)
    #expect(Set(asked.map { Self.metric(of: $0, among: metrics) }) == metrics)
    // Each panel stands by itself: Grafana knows it by its number.
    #expect(Set(panels.map { $0["id"].number }).count == panels.count)
  }
}
