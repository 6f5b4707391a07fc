public import System

/// An Ollama's inside as a plain value: which model is loaded, who waits for it, and when which token is there.
///
/// Requests and the passing of time go in, ``Effect``s come out; the time is an argument. It has no clock and no socket:
/// ``SimulatedOllama`` gives it both, and simulations of many servers run in the time that they like.
///
/// ```swift
/// var ollama = OllamaSimulation(.init(["a", "b"]), at: start)
/// var effects = ollama.submit(1, Work("a", prompt: "Hi"), at: start)
/// while let next = ollama.nextDeadline { effects += ollama.advance(to: next) }
/// ```
///
/// The facts are those of Ollama 0.33 (server/sched.go, llm/llama_server.go): one load at a time in the order of coming,
/// ending when the first requester leaves; slots behind a silent queue; eviction of an idle model first, else of the one with
/// the shortest keep-alive, once it is idle.
public struct OllamaSimulation: Sendable {
  /// What it is. Times may be changed on the way.
  public var settings: Settings
  /// The models that it has.
  public internal(set) var models: [SimulatedModel]
  /// What has happened.
  public internal(set) var record = Record()
  /// What is held back.
  public internal(set) var holds = Holds()
  /// Every request for a model is refused at once as by a server whose queue is full.
  public var isBusy = false
  /// The next pulls end with this error after their first layer.
  public var pullError: String?

  var pending: [Job] = []
  var loading: Loading?
  var runners: [Runner] = []
  var pulls: [Pull] = []
  var effects: [Effect] = []
  /// The time of what happened last.
  var clock: MonotonicTime

  /// An Ollama that starts now, with nothing loaded.
  public init(_ settings: Settings = Settings(), at now: MonotonicTime) {
    self.settings = settings
    models = settings.models
    clock = now
  }

  /// A request has come. Its number is the caller's, and new.
  public mutating func submit(_ id: Int, _ work: Work, at now: MonotonicTime) -> [Effect] {
    run(to: now)
    record.add(work, id: id, at: clock)
    if isBusy {
      refuse(id, 503, Self.busyMessage)
    } else if let model = model(named: work.model) {
      admit(
        Job(id: id, work: work, digest: model.digest, name: model.name, arrival: clock, assignment: clock))
    } else {
      refuse(id, 404, #"model "\#(work.model)" not found, try pulling it first"#)
    }
    return takeEffects()
  }

  /// A client has left before its request came to an end.
  public mutating func left(_ id: Int, at now: MonotonicTime) -> [Effect] {
    run(to: now)
    remove(id)
    return takeEffects()
  }

  /// Time has passed.
  public mutating func advance(to now: MonotonicTime) -> [Effect] {
    run(to: now)
    return takeEffects()
  }

  /// When something happens by itself; nil: nothing does.
  public var nextDeadline: MonotonicTime? { nextOccasion?.time }

  /// Holds back, from now on, what is named. Time goes on for the rest.
  public mutating func hold(_ change: (inout Holds) -> Void, at now: MonotonicTime) -> [Effect] {
    run(to: now)
    change(&holds)
    run(to: now)
    return takeEffects()
  }

  /// The model of a name, as Ollama compares names.
  public func model(named name: String) -> SimulatedModel? {
    let canonical = SimulatedModel.canonical(name)
    return models.first { SimulatedModel.canonical($0.name) == canonical }
  }

  static let busyMessage = "server busy, please try again.  maximum pending requests exceeded"
  static let deadRunnerMessage =
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
    + "check ollama server logs for details"

  mutating func takeEffects() -> [Effect] {
    defer { effects = [] }
    return effects
  }

  mutating func refuse(_ id: Int, _ status: Int, _ message: String) {
    record.update(id) { $0.outcome = .refused(status: status) }
    effects.append(.refused(id, status: status, message: message))
  }
}
