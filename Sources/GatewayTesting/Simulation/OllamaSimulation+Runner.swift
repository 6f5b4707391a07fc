internal import System

extension OllamaSimulation {
  /// A model in memory.
  struct Runner: Sendable {
    let model: SimulatedModel
    /// The name that it was loaded by, the only one that `/api/ps` shows.
    let name: String
    let options: RunnerOptions
    var slots: [Occupant?]
    /// The requests that wait for a slot, which nothing tells of.
    var waiting: [Job] = []
    var keepAlive: KeepAlive
    /// Stands still while the runner is busy.
    var expiry: MonotonicTime
    var cache: PromptCache
    /// Unloaded at the end of its last request.
    var unloadsWhenIdle = false

    /// The requests that it has. A prompt whose client left is none any more.
    var requests: Int { waiting.count + slots.count { $0.map { !$0.isGhost } ?? false } }
    var isIdle: Bool { requests == 0 }
    var freeSlots: [Int] { slots.indices.filter { slots[$0] == nil } }
  }

  /// A request in a slot.
  struct Occupant: Sendable {
    let job: Job
    let start: MonotonicTime
    let cachedTokens: Int
    let promptTokens: Int
    let tokenCount: Int
    var promptEnd: MonotonicTime?
    var tokens = 0
    /// When the prompt is evaluated or the next token is there.
    var due: MonotonicTime
    /// The client left while the prompt was evaluated, which goes on.
    var isGhost = false
  }

  /// The load that goes on.
  struct Loading: Sendable {
    let job: Job
    let model: SimulatedModel
    let options: RunnerOptions
    let recordIndex: Int
    let due: MonotonicTime
  }
}
