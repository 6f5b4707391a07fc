internal import Access
internal import Handling
internal import EventLoop
internal import OllamaAPI
internal import System
internal import Upstreams

/// The names of the models that Ollama has and that can chat, as WebSockets are told them when they open: not so new that each must ask for
/// them. Lives on its worker's loop.
final class ModelNames {
  private let context: WorkerContext
  private let list: ChatModelList
  /// The names when Ollama was last asked.
  private(set) var known: [String] = []
  private var isAsking = false
  private var askedAt: MonotonicTime?
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var patience: LoopTimer?

  /// The most names that are told.
  static let limit = 200
  /// Ollama is asked again when they are older than this.
  private static let freshness = Duration.seconds(10)
  /// How long a WebSocket that opens waits for the first response.
  private static let longestWait = Duration.seconds(1)

  init(_ context: WorkerContext, _ list: ChatModelList) {
    self.context = context
    self.list = list
  }

  /// The names that are known of what a caller may use, the first ``limit`` of them. Ollama's response is waited for only where none
  /// are known yet.
  func read(for grant: Grant?) async -> [String] {
    refresh()
    if known.isEmpty && patience != nil { await withCheckedContinuation { waiting.append($0) } }
    let visible = try? await context.visible(known, to: grant) { $0 }
    return Array((visible ?? []).prefix(ModelNames.limit))
  }

  private func refresh() {
    if let askedAt, context.loop.now - askedAt < ModelNames.freshness { return }
    guard !isAsking else { return }
    isAsking = true
    askedAt = context.loop.now
    let timer = context.loop.makeTimer { [weak self] in self?.resumeWaiting() }
    timer.schedule(after: ModelNames.longestWait)
    patience = timer
    context.loop.startTask { await self.ask() }
  }

  private func ask() async {
    if let models = try? await context.lists.tags(for: .check) {
      take(models)
      await list.learnCapabilities(of: models)
      take(models)
    }
    isAsking = false
    resumeWaiting()
  }

  private func take(_ models: [TagsResponse.Model]) {
    known = list.offered(models).map(\.name).filter { ModelName($0) != nil }
  }

  private func resumeWaiting() {
    patience?.cancel()
    patience = nil
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
