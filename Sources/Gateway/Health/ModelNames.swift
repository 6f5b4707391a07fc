internal import EventLoop
internal import OllamaAPI
internal import System
internal import Upstreams

/// The names of the models that Ollama has and that can chat, as WebSockets are told them when they open: not so new that each must ask for
/// them. Lives on its worker's loop.
final class ModelNames {
  /// As many as were there when it was last asked; the first ``limit`` of them.
  private(set) var known: [String] = []
  private var isAsking = false
  private var askedAt: MonotonicTime?
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var patience: LoopTimer?

  /// Names that are told.
  static let limit = 200
  /// So long they are new.
  private static let freshness = Duration.seconds(10)
  /// So long an answer is waited for, where there is none yet.
  private static let longestWait = Duration.seconds(1)

  /// What there is to tell now. Only who comes before there is anything waits for Ollama's answer.
  func read(in worker: isolated Worker) async -> [String] {
    refresh(in: worker)
    if known.isEmpty && patience != nil { await withCheckedContinuation { waiting.append($0) } }
    return known
  }

  private func refresh(in worker: isolated Worker) {
    if let askedAt, worker.loop.now - askedAt < ModelNames.freshness { return }
    guard !isAsking else { return }
    isAsking = true
    askedAt = worker.loop.now
    let timer = worker.loop.makeTimer { [weak self] in self?.resumeWaiting() }
    timer.schedule(after: ModelNames.longestWait)
    patience = timer
    _ = Task {
      await ask(in: worker)
    }
  }

  private func ask(in worker: isolated Worker) async {
    if let models = try? await worker.ollama.models(timeouts: worker.checkTimeouts) {
      take(models, in: worker)
      await worker.learnCapabilities(of: models)
      take(models, in: worker)
    }
    isAsking = false
    resumeWaiting()
  }

  private func take(_ models: [TagsResponse.Model], in worker: isolated Worker) {
    known = worker.offered(models).lazy.map(\.name).filter { ModelName($0) != nil }.prefix(ModelNames.limit)
      .map { $0 }
  }

  private func resumeWaiting() {
    patience?.cancel()
    patience = nil
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
