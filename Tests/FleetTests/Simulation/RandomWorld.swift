import Fleet
import System

/// What a client knows of its request.
struct RandomClient {
  enum State: Equatable {
    case waiting
    case sent(Int)
  }

  var state: State
  /// Servers that it has left for good.
  var leftServers: Set<Int> = []
  var hasContent = false
  var band = FleetBand.normal
  var options = FleetRunnerOptions()
}

/// Random events for a scheduler, and what its actions must not say.
struct RandomWorld {
  var scheduler: FleetScheduler
  var random: Randomness
  var now: Int64 = 1_000_000_000_000
  var clients: [FleetTicket: RandomClient] = [:]
  /// What those ask for that may be sent with more context.
  var contexts: [FleetTicket: Int] = [:]
  var order: [FleetTicket] = []
  var ended: Set<FleetTicket> = []
  var loads: [FleetLoad] = []
  var questions: [(FleetServerID, FleetQuestion)] = []
  var problems: [String] = []
  /// In the operator's list.
  var servers: [FleetServer] = []
  var nextServer = 0
  let isIll: Bool
  let models = ["a:latest", "b:latest", "c:latest", "d:latest", "e:latest"]

  init(seed: UInt64, isIll: Bool, policy: FleetPolicy) {
    scheduler = FleetScheduler(policy: policy, seed: seed)
    random = Randomness(seed: seed)
    self.isIll = isIll
    for _ in 0..<4 { addServer() }
    perform(scheduler.use(servers, at: time))
  }

  var time: MonotonicTime { MonotonicTime(nanoseconds: now) }

  mutating func chance(_ part: Double) -> Bool { random.part() < part }

  mutating func addServer() {
    let number = nextServer
    nextServer += 1
    servers.append(
      FleetServer(
        id: FleetServerID(number), name: "s\(number)", tier: number % 5 == 4 ? 1 : 0,
        parallel: number % 2 == 0 ? 2 : nil, maxInFlight: number % 3 == 2 ? 3 : nil,
        maxLoaded: number % 3 == 0 ? 1 : nil,
        pins: number % 2 == 1 ? [models[number % 3], "none:latest"] : []))
  }

  mutating func perform(_ actions: [FleetAction]) {
    for action in actions {
      switch action {
      case .grant(let ticket, let grant): sent(ticket, grant)
      case .refuse(let ticket, _):
        if clients[ticket]?.state != .waiting { problems.append("refused \(ticket) does not wait") }
        end(ticket)
      case .recall(let ticket):
        guard case .sent = clients[ticket]?.state else {
          problems.append("recalled \(ticket) is not sent")
          continue
        }
        if clients[ticket]?.hasContent == true { problems.append("recalled \(ticket) has content") }
        if chance(0.8) { fail(ticket, .recalled) }
      case .load(let load):
        if loads.contains(where: { $0.server == load.server }) {
          problems.append("two loads on \(load.server)")
        }
        loads.append(load)
      case .cancelLoad(let server, let id):
        if !loads.contains(where: { $0.server == server && $0.id == id }) {
          problems.append("no such load")
        }
        checkGivenUp(server, id)
        loads.removeAll { $0.id == id }
      case .ask(let server, let question):
        if questions.contains(where: { $0.0 == server && $0.1 == question }) {
          problems.append("asked twice")
        }
        questions.append((server, question))
      case .turned: break
      case .keep(let server, let model, _), .pinned(let server, let model, _):
        let pins = servers.first { $0.id == server }?.pins ?? []
        if !pins.contains(model) { problems.append("\(model) is not to stay on \(server)") }
      case .tell(let ticket, let standing):
        if clients[ticket]?.state != .waiting { problems.append("told \(ticket) does not wait") }
        if standing.position < 1 { problems.append("position \(standing.position)") }
      }
    }
  }

  mutating func sent(_ ticket: FleetTicket, _ grant: FleetGrant) {
    let server = grant.server.number
    guard clients[ticket]?.state == .waiting else {
      problems.append("granted \(ticket) does not wait")
      return
    }
    if clients[ticket]?.leftServers.contains(server) == true { problems.append("back to \(server)") }
    if let length = grant.contextLength, length <= contexts[ticket] ?? .max {
      problems.append("\(length) in place of \(contexts[ticket] ?? -1)")
    }
    if !servers.contains(where: { $0.id == grant.server }) {
      problems.append("sent to \(server), which has left")
    }
    clients[ticket]?.state = .sent(server)
  }

  mutating func end(_ ticket: FleetTicket) {
    if !ended.insert(ticket).inserted { problems.append("\(ticket) ends twice") }
    clients[ticket] = nil
    contexts[ticket] = nil
  }

  mutating func anyTicket(sent: Bool) -> FleetTicket? {
    for _ in 0..<8 where !order.isEmpty {
      let place = Int(random.next() % UInt64(order.count))
      let ticket = order[place]
      guard let client = clients[ticket] else {
        order.swapAt(place, order.count - 1)
        order.removeLast()
        continue
      }
      if (client.state != .waiting) == sent { return ticket }
    }
    return nil
  }

  mutating func fail(_ ticket: FleetTicket, _ failure: FleetFailure) {
    guard case .sent(let server)? = clients[ticket]?.state else { return }
    if failure == .recalled || failure == .busy || failure == .staleConnection {
      // Harmless to come back: the one server is busy for a while, another perhaps not meant, of the third the connection was old.
    } else {
      clients[ticket]?.leftServers.insert(server)
    }
    finish(ticket, .failed(failure))
  }

  mutating func finish(_ ticket: FleetTicket, _ outcome: FleetOutcome) {
    let (fate, actions) = scheduler.ended(ticket, outcome, at: time)
    switch fate {
    case .over: end(ticket)
    case .moved(let grant):
      if clients[ticket]?.hasContent == true { problems.append("moved with content") }
      clients[ticket]?.state = .waiting
      sent(ticket, grant)
    case .waiting: clients[ticket]?.state = .waiting
    }
    perform(actions)
  }

  mutating func number() -> Int {
    switch random.next() % 12 {
    case 0: Int.max
    case 1: Int.min
    case 2: -1
    case 3: 0
    default: Int(random.next() % 5_000_000_000)
    }
  }

  // MARK: Events

  mutating func step() {
    now += Int64(random.gap(mean: 3e7))
    switch random.part() {
    case ..<0.24: submit()
    case ..<0.32:
      if let ticket = anyTicket(sent: true) {
        scheduler.contentBegan(ticket, isError: chance(0.1), at: time)
        clients[ticket]?.hasContent = true
      }
    case ..<0.66: if let ticket = anyTicket(sent: true) { finish(ticket, outcome()) }
    case ..<0.69: if isIll, let ticket = anyTicket(sent: true) { fail(ticket, failure()) }
    case ..<0.72:
      if let ticket = anyTicket(sent: chance(0.5)) {
        end(ticket)
        perform(scheduler.left(ticket, at: time))
      }
    case ..<0.80: observe()
    case ..<0.81: if let ticket = anyTicket(sent: true) { scheduler.paused(ticket, at: time) }
    case ..<0.815: if chance(0.2) { reload() }
    case ..<0.82:
      if let server = servers.randomElement(using: &random), isIll {
        let actions =
          chance(0.3) ? scheduler.drain(server.id, at: time) : scheduler.resume(server.id, at: time)
        perform(actions)
      }
    case ..<0.825: sayWhatIsOver()
    default: tick()
    }
  }

  /// Events of tickets that are over, and of servers that nobody knows.
  mutating func sayWhatIsOver() {
    guard let ticket = ended.randomElement(using: &random) else { return }
    scheduler.contentBegan(ticket, at: time)
    scheduler.paused(ticket, at: time)
    perform(scheduler.left(ticket, at: time))
    let (fate, actions) = scheduler.ended(ticket, .failed(.unreachable), at: time)
    if fate != .over { problems.append("a ticket lives on") }
    perform(actions)
    perform(scheduler.observed(FleetServerID(-1), .version(""), at: time))
  }

  mutating func submit() {
    let kinds: [FleetRequest.Kind] = [
      .generation, .generation, .generation, .embedding, .question, .general,
    ]
    var request = FleetRequest(kinds[Int(random.next() % 6)])
    request.model =
      chance(0.02) ? "unknown\(random.next() % 3)" : models[min(Int(random.gap(mean: 1.5)), 4)]
    if request.kind == .general { request.model = nil }
    if chance(0.2) {
      request.options.contextLength = chance(0.1) ? number() : 4_096 << Int(random.next() % 2)
    }
    request.fitsContext = chance(0.5)
    request.promptTokens = number()
    request.outputLimit = chance(0.3) ? number() : nil
    request.conversation = chance(0.5) ? random.next() % 20 : nil
    if chance(0.5) {
      let text = random.next() % 6
      let shared = UInt64(random.next() % 4)
      let count = UInt64(random.next() % 70)
      request.prompt = PromptChain(blocks: (0..<count).map { $0 < shared ? $0 : text * 1_000 + $0 })
    }
    request.flow = chance(0.9) ? random.next() % 6 : random.next() % 6_000
    request.band = chance(0.6) ? .normal : chance(0.5) ? .interactive : .batch
    request.weight = chance(0.8) ? 100 : number()
    request.isPrivileged = chance(0.1)
    request.isStreamed = chance(0.7)
    request.isRetryable = chance(0.9)
    request.promptHash = random.next() % 50
    request.isTold = chance(0.5)
    if chance(0.05) { request.waitLimit = .milliseconds(Int(random.next() % 20_000)) }
    if chance(0.05) { request.allowed = servers.prefix(2).map(\.id) }
    let (ticket, decision, actions) = scheduler.submit(request, at: time)
    clients[ticket] = RandomClient(state: .waiting, band: request.band, options: request.options)
    contexts[ticket] = request.fitsContext ? request.options.contextLength : nil
    order.append(ticket)
    switch decision {
    case .granted(let grant): sent(ticket, grant)
    case .waiting: break
    case .refused: end(ticket)
    }
    perform(actions)
  }

  mutating func outcome() -> FleetOutcome {
    if chance(0.1) { return .passedOn(status: 400) }
    var report = FleetReport()
    if chance(0.8) {
      report.durations = FleetDurations(
        total: number(), load: number(), promptEval: number(), eval: number())
    }
    report.promptTokens = chance(0.8) ? number() : nil
    report.outputTokens = chance(0.8) ? number() : nil
    report.wasPaused = chance(0.1)
    report.isUnreliable = chance(0.1)
    return .completed(report)
  }

  mutating func failure() -> FleetFailure {
    FleetFailure.allCases.filter { $0 != .recalled }.randomElement(using: &random) ?? .stalled
  }

  mutating func observe() {
    if !loads.isEmpty, chance(0.4) {
      let load = loads.remove(at: Int(random.next() % UInt64(loads.count)))
      let error = isIll && chance(0.2) ? failure() : nil
      perform(scheduler.observed(load.server, .loadEnded(load.id, error: error), at: time))
      return
    }
    guard !questions.isEmpty else { return }
    let (server, question) = questions.remove(at: Int(random.next() % UInt64(questions.count)))
    perform(scheduler.observed(server, observation(question), at: time))
  }

  mutating func observation(_ question: FleetQuestion) -> FleetObservation {
    if isIll, chance(0.25) { return .failed(question, bytesCameMeanwhile: chance(0.3)) }
    switch question {
    case .version: return .version(chance(0.95) ? "0.33.0" : "x.99999999999999999999.1")
    case .models:
      return .models(
        models.filter { _ in random.part() < 0.95 }.map {
          FleetListedModel(name: $0, digest: "d\($0)", size: number(), isRemote: $0 == "e:latest")
        })
    case .loaded:
      return .loaded(
        models.filter { _ in random.part() < 0.4 }.map {
          FleetLoadedModel(
            name: $0, digest: "d\($0)", contextLength: chance(0.5) ? number() : nil, size: number(),
            sizeInVRAM: number(), expiresIn: chance(0.5) ? .nanoseconds(number()) : nil,
            isKept: chance(0.5) ? chance(0.5) : nil)
        })
    }
  }

  mutating func reload() {
    if servers.count > 1, chance(0.5) { servers.remove(at: Int(random.next() % UInt64(servers.count))) }
    if servers.count < 6, chance(0.6) { addServer() }
    let ids = Set(servers.map(\.id))
    perform(scheduler.use(servers, at: time))
    // A server that has left is asked nothing more.
    questions.removeAll { !ids.contains($0.0) }
    loads.removeAll { !ids.contains($0.server) }
  }

  mutating func tick() {
    perform(scheduler.tick(at: time))
    if let deadline = scheduler.nextDeadline, deadline <= time { problems.append("a deadline in the past") }
  }

  // MARK: What holds

  mutating func check(_ policy: FleetPolicy) {
    let view = scheduler.view(at: time)
    var counts: [Int: Int] = [:]
    var waiting = 0
    var bands: [FleetBand: Int] = [:]
    for client in clients.values {
      if case .sent(let server) = client.state {
        counts[server, default: 0] += 1
      } else {
        waiting += 1
        bands[client.band, default: 0] += 1
      }
    }
    checkTurns(view, bands)
    for server in view.servers {
      let own = counts.removeValue(forKey: server.id.number) ?? 0
      if server.inFlight != own {
        problems.append("\(server.id): \(server.inFlight) in flight, not \(own)")
      }
      let held = view.waiting.count { $0.server == server.id }
      if view.waiting.count == view.depth, server.waiting != held {
        problems.append("\(server.id): \(server.waiting) wait, not \(held)")
      }
      for instance in server.instances where !isIll {
        guard let slots = instance.configuredSlots, instance.inFlight > slots + 1 else { continue }
        problems.append("\(server.id) runs \(instance.inFlight) of \(slots)")
      }
      let limit = servers.first { $0.id == server.id }?.maxInFlight
      if let limit, server.inFlight > limit, !server.isLeaving,
        server.instances.allSatisfy({ $0.model != "e:latest" })
      {
        // Questions, and what has no slots, are let through.
        let running = server.instances.reduce(0) { $0 + $1.inFlight }
        if running > limit { problems.append("\(server.id) has \(running) of \(limit)") }
      }
    }
    if !counts.isEmpty { problems.append("in flight on servers that are forgotten: \(counts)") }
    if view.depth != waiting { problems.append("\(view.depth) wait, not \(waiting)") }
    if view.depth > policy.waitingLimit + 50 { problems.append("\(view.depth) wait") }
  }

  /// A load is not given up while one waits for it, unless its server is down.
  mutating func checkGivenUp(_ server: FleetServerID, _ id: FleetLoadID) {
    guard !scheduler.isDown(server), let load = loads.first(where: { $0.id == id }) else { return }
    let view = scheduler.view(at: time)
    let isWanted = view.waiting.contains {
      $0.server == server && $0.model == load.model && clients[$0.ticket]?.options == load.options
    }
    if isWanted {
      problems.append("the load of \(load.model) on \(server) is given up, and one waits for it")
    }
  }

  mutating func checkTurns(_ view: FleetView, _ bands: [FleetBand: Int]) {
    for band in FleetBand.allCases where view.depths[band] != bands[band] ?? 0 {
      problems.append("\(view.depths) wait, not \(bands)")
    }
    if Set(view.waiting.map(\.ticket)).count != view.waiting.count { problems.append("one has two turns") }
    for turn in view.waiting where clients[turn.ticket]?.state != .waiting {
      problems.append("\(turn.ticket) does not wait for its turn")
    }
  }

  /// All that is under way ends.
  mutating func finishAll() {
    for _ in 0..<500 where !clients.isEmpty {
      order.removeAll { clients[$0] == nil }
      now += 20_000_000
      for ticket in order where clients[ticket].map({ $0.state != .waiting }) == true {
        finish(ticket, .passedOn(status: 200))
      }
      while let load = loads.popLast() {
        perform(scheduler.observed(load.server, .loadEnded(load.id, error: nil), at: time))
      }
      while let (server, question) = questions.popLast() {
        let observation: FleetObservation =
          switch question {
          case .version: .version("0.33.0")
          case .models: .models(models.map { FleetListedModel(name: $0, digest: "d\($0)", size: 1_000) })
          case .loaded: .loaded([])
          }
        perform(scheduler.observed(server, observation, at: time))
      }
      for server in servers { perform(scheduler.resume(server.id, at: time)) }
      if let deadline = scheduler.nextDeadline { now = max(now, deadline.nanoseconds + 1) }
      tick()
    }
    if !clients.isEmpty {
      let view = scheduler.view(at: time)
      problems.append("\(clients.count) never end: \(view.waiting.prefix(2)) \(view.servers.prefix(2))")
    }
  }
}
