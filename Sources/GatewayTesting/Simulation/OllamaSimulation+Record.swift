public import System

extension OllamaSimulation {
  /// What has happened, with a bound: of jobs, loads and unloads the latest 10,000.
  public struct Record: Sendable {
    /// The requests by path.
    public internal(set) var requests: [String: Int] = [:]
    /// The requests that named a model, by path and name as they have it: `/api/chat tinyllama`.
    public internal(set) var modelRequests: [String: Int] = [:]
    /// What was asked of models, in the order of coming.
    public internal(set) var jobs: [Job] = []
    /// The loads, in the order of their beginnings.
    public internal(set) var loads: [Load] = []
    /// What was unloaded, in order.
    public internal(set) var unloads: [Unload] = []

    /// Those of one model.
    public func loads(of model: String) -> [Load] {
      loads.filter { $0.digest == SimulatedModel.digest(of: model) }
    }

    /// The jobs whose clients left.
    public var cancelled: [Job] { jobs.filter { if case .left = $0.outcome { true } else { false } } }

    /// Requests on a path.
    public func count(_ path: String) -> Int { requests[path] ?? 0 }

    /// Requests on a path for a model as they named it.
    public func count(_ path: String, _ model: String) -> Int { modelRequests["\(path) \(model)"] ?? 0 }
  }
}

extension OllamaSimulation.Record {
  /// What became of one piece of work.
  public struct Job: Sendable {
    /// Its number.
    public let id: Int
    /// As the request named it.
    public let model: String
    /// The prompt as it is compared with cached ones.
    public let prompt: [UInt8]
    /// When it came.
    public let arrival: MonotonicTime
    /// The tokens of the prompt that were cached; nil until it has a slot.
    public internal(set) var cachedTokens: Int?
    /// The slot that it had.
    public internal(set) var slot: Int?
    /// The tokens sent so far.
    public internal(set) var tokens = 0
    /// When the first of them was sent.
    public internal(set) var firstToken: MonotonicTime?
    /// How it ended; nil while it goes on.
    public internal(set) var outcome: Outcome?

    /// The prompt as text.
    public var promptText: String { String(decoding: prompt, as: UTF8.self) }
  }

  /// How a piece of work ended.
  public enum Outcome: Sendable, Equatable {
    case ended
    case refused(status: Int)
    /// The runner died.
    case failed
    /// The client left it in this phase.
    case left(Phase)
  }

  /// How far a piece of work is.
  public enum Phase: Sendable, Equatable {
    /// It waits until models can be loaded or unloaded.
    case pending
    /// Its model is being loaded for it.
    case loading
    /// It waits for a slot.
    case waiting
    /// Its prompt is evaluated.
    case prompt
    /// Tokens are made.
    case tokens
  }

  /// One load.
  public struct Load: Sendable, Equatable {
    /// The name that it was asked by.
    public let name: String
    /// The model's digest.
    public let digest: String
    /// The runner options, with the context length that Ollama chose.
    public let options: RunnerOptions
    /// nil while it goes on; false if its requester left.
    public internal(set) var isComplete: Bool?
  }

  /// One end of a runner.
  public struct Unload: Sendable, Equatable {
    /// The name that it was loaded by.
    public let name: String
    /// Why.
    public let reason: Reason
  }

  /// Why a runner ended.
  public enum Reason: Sendable, Equatable {
    /// Another model needed its place.
    case evicted
    /// The same model with other options.
    case reloaded
    /// Its keep-alive was over.
    case expired
    /// A request with `keep_alive` 0 and no prompt.
    case asked
    /// A prompt killed it.
    case died
    /// Its model was deleted.
    case deleted
  }
}

extension OllamaSimulation.Record {
  private static let limit = 10_000

  mutating func add(_ work: OllamaSimulation.Work, id: Int, at now: MonotonicTime) {
    if jobs.count >= 2 * Self.limit { jobs.removeFirst(Self.limit) }
    jobs.append(Job(id: id, model: work.model, prompt: work.prompt, arrival: now))
  }

  mutating func note(_ path: String, model: String?) {
    requests[path, default: 0] += 1
    if let model { modelRequests["\(path) \(model)", default: 0] += 1 }
  }

  mutating func update(_ id: Int, _ change: (inout Job) -> Void) {
    guard let index = jobs.lastIndex(where: { $0.id == id }) else { return }
    change(&jobs[index])
  }

  mutating func add(_ load: Load) {
    if loads.count >= 2 * Self.limit { loads.removeFirst(Self.limit) }
    loads.append(load)
  }

  mutating func add(_ unload: Unload) {
    if unloads.count >= 2 * Self.limit { unloads.removeFirst(Self.limit) }
    unloads.append(unload)
  }
}
