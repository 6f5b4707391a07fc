import HTTPFields
import OllamaAPI
import System
import Telemetry
import Testing

@testable import Handling

@Suite struct WorkerMetricsTests {
  private func time(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
  }

  private func note(_ metrics: WorkerMetrics, model: String, tokens: Int = 5, firstToken: Int64? = 100) {
    metrics.noteGeneration(
      model: model, route: 3, usage: TokenUsage(promptTokens: 7, completionTokens: tokens), start: time(0),
      firstToken: firstToken.map(time), end: time(500))
  }

  @Test func aStreamHasItsTimes() {
    let metrics = WorkerMetrics()
    note(metrics, model: "m")
    let figures = metrics.figures.generations[0].figures
    #expect(figures.inputTokens.sum == 7 && figures.outputTokens.sum == 5)
    #expect(abs(figures.timeToFirstToken.sum - 0.1) < 1e-9)
    // Four tokens after the first, in 400 ms.
    #expect(abs(figures.timePerOutputToken.sum - 0.1) < 1e-9)
  }

  @Test func aResponseInOnePieceHasNone() {
    let metrics = WorkerMetrics()
    note(metrics, model: "m", firstToken: nil)
    let figures = metrics.figures.generations[0].figures
    #expect(figures.outputTokens.count == 1)
    #expect(figures.timeToFirstToken.count == 0 && figures.timePerOutputToken.count == 0)
  }

  @Test func oneTokenHasNoTimeBetweenTokens() {
    let metrics = WorkerMetrics()
    note(metrics, model: "m", tokens: 1)
    let figures = metrics.figures.generations[0].figures
    #expect(figures.timeToFirstToken.count == 1 && figures.timePerOutputToken.count == 0)
  }

  /// However many models there are, the figures are bounded.
  @Test func modelsAreBounded() {
    let metrics = WorkerMetrics()
    for number in 0..<(WorkerMetrics.modelLimit + 50) { note(metrics, model: "m\(number)") }
    note(metrics, model: "m0")
    #expect(metrics.figures.generations.count == WorkerMetrics.modelLimit + 1)
    let others = metrics.figures.generations.first { $0.series.model == WorkerMetrics.otherModels }
    #expect(others?.figures.inputTokens.count == 50)
    #expect(metrics.figures.generations[0].figures.inputTokens.count == 2)
  }

  @Test func spellingsAreOneModel() {
    let metrics = WorkerMetrics()
    let spellings = ["m", "M", "m:latest", "library/M", "registry.ollama.ai/library/m:LATEST", "m@sha256:1"]
    for name in spellings + ["gone", "no name"] { note(metrics, model: name) }
    #expect(metrics.hasUnlistedModels)
    #expect(metrics.figures.generations.map(\.series.model) == ["m:latest", "gone:latest", "_other"])
    metrics.takeList(ListedModels(["M:latest", "b:1"]))
    #expect(!metrics.hasUnlistedModels)
    #expect(metrics.figures.generations.map(\.series.model) == ["M:latest", "_other"])
    #expect(metrics.figures.generations.map(\.figures.inputTokens.count) == [6, 2])
    note(metrics, model: "m")
    #expect(
      metrics.figures.generations.map(\.figures.inputTokens.count) == [7, 2] && !metrics.hasUnlistedModels)
    note(metrics, model: "new")
    #expect(metrics.hasUnlistedModels)
  }

  /// What was counted under names that Ollama does not list makes room for others.
  @Test func unlistedModelsLeaveTheTable() {
    let metrics = WorkerMetrics()
    for number in 0..<WorkerMetrics.modelLimit { note(metrics, model: "x\(number)") }
    metrics.takeList(ListedModels(["m:latest"]))
    note(metrics, model: "m")
    #expect(metrics.figures.generations.map(\.series.model) == ["_other", "m:latest"])
  }

  @Test func methodsAreBounded() {
    #expect(RequestMethod("POST") == .post)
    #expect(RequestMethod("BREW") == .other && RequestMethod("post") == .other)
  }

  @Test(
    "Server-Timing has the gateway's own time",
    arguments: [
      (0, "ollama;dur=0.0"), (1_234_567, "ollama;dur=1.2"), (12_000_000_000, "ollama;dur=12000.0"),
    ])
  func serverTiming(_ nanoseconds: Int64, _ text: String) {
    var fields: FieldSection = []
    ServerTiming(ollama: .nanoseconds(nanoseconds), nil, load: .seconds(1)).append(to: &fields)
    #expect(fields.first("server-timing") == text)
  }

  @Test func statusesThatNobodyKnowsAreTheirClass() {
    for status in [101, 200, 206, 304, 404, 422, 429, 431, 499, 502, 504, 511] {
      #expect(StatusSeries.of(status) == status)
    }
    let others = [(150, 100), (299, 200), (306, 300), (418, 400), (498, 400), (599, 500)]
    for (status, series) in others { #expect(StatusSeries.of(status) == series) }
    for status in [Int.min, -1, 0, 99, 600, 999, Int.max] { #expect(StatusSeries.of(status) == 500) }
    #expect(Set((-1000...2000).map(StatusSeries.of)).count < 80)
  }
}
