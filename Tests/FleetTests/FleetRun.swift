import Fleet
import System

/// A scheduler with a clock of its own, and servers that respond to its questions at once.
struct FleetRun {
  var scheduler: FleetScheduler
  private(set) var now = 1_000.0
  /// What each server has, with sizes of so many bytes.
  var lists: [Int: [String]] = [:]
  var sizes: [String: Int] = [:]
  /// What each has in memory.
  var memory: [Int: [FleetLoadedModel]] = [:]
  /// Servers that do not respond.
  var silent: Set<Int> = []
  /// All actions but questions to servers that respond.
  private(set) var actions: [FleetAction] = []
  private(set) var asked: [(server: Int, question: FleetQuestion)] = []
  private var flows: UInt64 = 0

  /// - Parameter lists: the models of each server.
  init(
    _ lists: [[String]], memory: [[String]] = [], policy: FleetPolicy = FleetPolicy(),
    version: String = "0.33.0",
    configure: (Int, inout FleetServer) -> Void = { _, _ in }
  ) {
    scheduler = FleetScheduler(policy: policy, seed: 1)
    self.version = version
    for (server, list) in lists.enumerated() { self.lists[server] = list }
    for (server, names) in memory.enumerated() {
      self.memory[server] = names.map {
        FleetLoadedModel(name: $0, digest: "d-\($0)", size: 1_000, expiresIn: .seconds(300))
      }
    }
    let servers = lists.indices.map { index in
      var server = FleetServer(id: FleetServerID(index), name: "s\(index)")
      configure(index, &server)
      return server
    }
    perform(scheduler.use(servers, at: time))
    actions = []
    asked = []
  }

  private let version: String

  var time: MonotonicTime { MonotonicTime(nanoseconds: Int64(now * 1e9)) }

  /// Does what is asked of servers, and keeps the rest.
  mutating func perform(_ new: [FleetAction]) {
    for action in new {
      guard case .ask(let id, let question) = action else {
        actions.append(action)
        continue
      }
      let server = id.number
      asked.append((server, question))
      perform(scheduler.observed(id, response(server, question), at: time))
    }
  }

  private func response(_ server: Int, _ question: FleetQuestion) -> FleetObservation {
    guard !silent.contains(server) else { return .failed(question, bytesCameMeanwhile: false) }
    switch question {
    case .version: return .version(version)
    case .loaded: return .loaded(memory[server] ?? [])
    case .models:
      return .models(
        (lists[server] ?? []).map { FleetListedModel(name: $0, digest: "d-\($0)", size: sizes[$0] ?? 1_000) })
    }
  }

  /// Time passes, and what falls due is done.
  mutating func pass(_ seconds: Double) {
    let end = now + seconds
    var ticks = 0
    while let deadline = scheduler.nextDeadline, Double(deadline.nanoseconds) / 1e9 <= end, ticks < 100_000 {
      now = max(now, Double(deadline.nanoseconds) / 1e9 + 1e-6)
      perform(scheduler.tick(at: time))
      ticks += 1
    }
    now = max(now, end)
  }

  mutating func submit(_ model: String?, _ change: (inout FleetRequest) -> Void = { _ in }) -> (
    FleetTicket, FleetDecision
  ) {
    flows += 1
    var request = FleetRequest(
      model == nil ? .general : .generation, model: model, promptTokens: 10, isStreamed: true,
      promptHash: flows)
    change(&request)
    let (ticket, decision, actions) = scheduler.submit(request, at: time)
    perform(actions)
    return (ticket, decision)
  }

  /// - Returns: the server that it went to at once; -1 for none.
  mutating func place(_ model: String?, _ change: (inout FleetRequest) -> Void = { _ in }) -> Int {
    submit(model, change).1.server
  }

  mutating func end(_ ticket: FleetTicket, _ outcome: FleetOutcome) -> FleetFate {
    let (fate, actions) = scheduler.ended(ticket, outcome, at: time)
    perform(actions)
    return fate
  }

  /// - Parameter waited: seconds in Ollama's own queue.
  mutating func complete(
    _ ticket: FleetTicket, waited: Double = 0, prompt: Double = 0.01, eval: Double = 1, load: Double = 0,
    tokens: (Int, Int) = (10, 40), change: (inout FleetReport) -> Void = { _ in }
  ) {
    let total = waited + prompt + eval + load
    var report = FleetReport(
      durations: FleetDurations(
        total: Int(total * 1e9), load: Int(load * 1e9), promptEval: Int(prompt * 1e9), eval: Int(eval * 1e9)),
      promptTokens: tokens.0, outputTokens: tokens.1)
    change(&report)
    _ = end(ticket, .completed(report))
  }

  mutating func loaded(_ load: FleetLoad, error: FleetFailure? = nil) {
    if error == nil {
      memory[load.server.number] = [
        FleetLoadedModel(
          name: load.model, digest: "d-\(load.model)", contextLength: load.options.contextLength, size: 1_000,
          expiresIn: .seconds(300))
      ]
    }
    perform(scheduler.observed(load.server, .loadEnded(load.id, error: error), at: time))
  }

  mutating func left(_ ticket: FleetTicket) { perform(scheduler.left(ticket, at: time)) }

  /// The first token comes.
  mutating func begin(_ ticket: FleetTicket) { scheduler.contentBegan(ticket, at: time) }

  /// What has been granted since the last call, and forgets all other actions.
  mutating func takeGrants() -> [FleetTicket: Int] {
    defer { actions = [] }
    var grants: [FleetTicket: Int] = [:]
    for case .grant(let ticket, let grant) in actions { grants[ticket] = grant.server.number }
    return grants
  }

  mutating func takeActions() -> [FleetAction] {
    defer { actions = [] }
    return actions
  }

  /// The last load that was asked for since actions were taken last.
  var lastLoad: FleetLoad? {
    for case .load(let load) in actions.reversed() { return load }
    return nil
  }

  mutating func takeLoads() -> [FleetLoad] {
    defer {
      actions.removeAll {
        if case .load = $0 { true } else { false }
      }
    }
    return actions.compactMap { if case .load(let load) = $0 { load } else { nil } }
  }

  func view(_ server: Int) -> FleetView.Server? {
    scheduler.view(at: time).servers.first { $0.id.number == server }
  }

  func slots(_ server: Int, _ model: String) -> Int {
    view(server)?.instances.first { $0.model == model && $0.state != .gone }?.slots ?? 0
  }
}

extension FleetScheduler {
  /// Where a waiting request stands; nil for one that does not wait.
  func standing(of ticket: FleetTicket, at time: MonotonicTime) -> FleetStanding? {
    view(at: time, limit: .max).waiting.first { $0.ticket == ticket }?.standing
  }
}

extension FleetDecision {
  /// -1 where it is not sent.
  var server: Int { if case .granted(let grant) = self { grant.server.number } else { -1 } }
}

extension FleetFate {
  /// -1 where it is not moved.
  var server: Int { if case .moved(let grant) = self { grant.server.number } else { -1 } }
}
