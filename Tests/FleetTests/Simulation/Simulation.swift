import Fleet
import System

/// Requests over simulated Ollamas, by the scheduler or by what balancers do today.
struct Simulation {
  enum Router: CaseIterable {
    case random
    case leastOutstanding
    case fleet
  }

  struct Arrival {
    var at: Double
    var model: Int
    var context = 0
    var conversation = 0
    /// Whether the client names it; else it is known by its prompt alone.
    var isNamed = true
    /// Of the prompt, what all conversations begin with.
    var sharedTokens = 0
    var promptTokens = 0
    var outputTokens = 200
    var isUnary = false
    /// A conversation's next turns: each comes so long after the end of the one before.
    var turns = 1
    var pause = 0.0
    var flow: UInt64 = 0
    var band = FleetBand.normal
    var weight = 100
    var isFollowUp = false
  }

  struct Result {
    /// Seconds from the arrival to the first token.
    var firstTokens: [Double] = []
    /// Seconds that requests waited for a slot and a load, together, with their models.
    var waits: [(model: Int, wait: Double)] = []
    var followUpFirstTokens: [Double] = []
    var loads = 0
    var hits = 0
    var followUps = 0
    /// When the last ended.
    var duration = 0.0
    var done = 0
    var failed = 0
    /// Those whose requests were sent more than once.
    var moved = 0
    /// Streams that were cut off as their server was killed.
    var cut = 0
    /// Requests that were sent to a server after it was killed.
    var lostAfterKill = 0
    var perServer: [Int] = []
    /// Tokens of service, by flow: one read counts once, one written twice.
    var served: [UInt64: Double] = [:]
    /// What those that waited were told, in seconds to go, beside what it was.
    var told: [(flow: UInt64, seconds: Double, actual: Double)] = []
    var view: FleetView?

    func wait(_ part: Double) -> Double { Self.quantile(waits.map(\.wait), part) }
    func firstToken(_ part: Double) -> Double { Self.quantile(firstTokens, part) }

    static func quantile(_ values: [Double], _ part: Double) -> Double {
      guard !values.isEmpty else { return 0 }
      let sorted = values.sorted()
      return sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]
    }
  }

  private enum Event {
    case arrival(Arrival)
    case kill(Int)
    case pulse
  }

  let router: Router
  private var random: Randomness
  private var servers: [SimulatedOllama]
  private var scheduler: FleetScheduler
  private var own = Agenda<Event>()
  private var theirs = Agenda<SimulatedOllama.Event>()
  private var numbers = 0
  private var arrivals: [Int: Arrival] = [:]
  private var tickets: [Int: FleetTicket] = [:]
  private var numbersOfTickets: [FleetTicket: Int] = [:]
  private var loadsOfNumbers: [Int: (server: Int, id: FleetLoadID)] = [:]
  private var killed: Set<Int> = []
  private var placesOfNumbers: [Int: Int] = [:]
  private var told: [Int: [(at: Double, seconds: Double)]] = [:]
  private let models: Int
  private(set) var result = Result()

  init(
    _ router: Router, servers traits: [SimulatedOllama.Traits], models: Int, seed: UInt64,
    policy: FleetPolicy = FleetPolicy(), configure: (Int, inout FleetServer) -> Void = { _, _ in }
  ) {
    self.router = router
    self.models = models
    random = Randomness(seed: seed &+ 77)
    servers = traits.enumerated().map { SimulatedOllama(index: $0.offset, traits: $0.element) }
    scheduler = FleetScheduler(policy: policy, seed: seed)
    result.perServer = traits.map { _ in 0 }
    guard router == .fleet else { return }
    let list = traits.indices.map { index in
      var server = FleetServer(id: FleetServerID(index), name: "s\(index)")
      configure(index, &server)
      return server
    }
    perform(scheduler.use(list, at: Self.time(0)), at: 0)
  }

  mutating func add(_ arrivals: [Arrival]) {
    for arrival in arrivals { own.add(.arrival(arrival), at: arrival.at) }
  }

  mutating func kill(_ server: Int, at time: Double) { own.add(.kill(server), at: time) }

  static func time(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64((1_000 + seconds) * 1e9))
  }

  private static func seconds(_ time: MonotonicTime) -> Double { Double(time.nanoseconds) / 1e9 - 1_000 }

  mutating func run(until end: Double = .infinity) -> Result {
    while true {
      let isIdle = arrivals.isEmpty && own.firstTime == nil
      if isIdle { break }
      var next = min(own.firstTime ?? .infinity, theirs.firstTime ?? .infinity)
      if router == .fleet, let deadline = scheduler.nextDeadline, Self.seconds(deadline) < next {
        next = Self.seconds(deadline)
        guard next < end else { break }
        let time = max(next, 0) + 1e-9
        perform(scheduler.tick(at: Self.time(time)), at: time)
        continue
      }
      guard next.isFinite, next < end else { break }
      if let first = theirs.firstTime, first <= next, let (time, event) = theirs.next() {
        happen(event, at: time)
      } else if let (time, event) = own.next() {
        happen(event, at: time)
      }
    }
    result.loads = servers.reduce(0) { $0 + $1.loads }
    result.view = router == .fleet ? scheduler.view(at: Self.time(result.duration)) : nil
    return result
  }

  private mutating func happen(_ event: Event, at now: Double) {
    switch event {
    case .arrival(let arrival): arrive(arrival, at: now)
    case .kill(let server):
      killed.insert(server)
      // One may have been recalled by then.
      for job in servers[server].kill() where placesOfNumbers[job.number] == server {
        lose(job, server, at: now)
      }
    case .pulse: break
    }
  }

  private mutating func happen(_ event: SimulatedOllama.Event, at now: Double) {
    switch event {
    case .loaded(let server): servers[server].loaded(at: now, &theirs)
    case .head(let server, let number):
      guard let job = servers[server].jobs[number], let arrival = arrivals[number] else { return }
      result.waits.append((job.model, job.startedAt - arrival.at))
      let first = job.startedAt + job.prefill - arrival.at
      result.firstTokens.append(first)
      if arrival.isFollowUp {
        result.followUpFirstTokens.append(first)
        result.followUps += 1
        if job.isHit { result.hits += 1 }
      }
      guard let ticket = tickets[number], !job.isUnary else { return }
      scheduler.contentBegan(ticket, at: Self.time(now))
    case .end(let server, let number):
      guard let job = servers[server].end(number, at: now, &theirs) else { return }
      if let load = loadsOfNumbers.removeValue(forKey: number) {
        let id = FleetServerID(server)
        perform(scheduler.observed(id, .loadEnded(load.id, error: nil), at: Self.time(now)), at: now)
        return
      }
      finish(job, at: now)
    }
  }

  // MARK: Requests

  private mutating func arrive(_ arrival: Arrival, at now: Double) {
    numbers += 1
    let number = numbers
    arrivals[number] = arrival
    switch router {
    case .random: send(number, to: Int(random.next() % UInt64(servers.count)), at: now)
    case .leastOutstanding:
      let least = servers.map(\.inFlight).min() ?? 0
      let candidates = servers.indices.filter { servers[$0].inFlight == least }
      send(number, to: candidates[Int(random.next() % UInt64(candidates.count))], at: now)
    case .fleet:
      let isNamed = arrival.conversation > 0 && arrival.isNamed
      var request = FleetRequest(
        .generation, model: Self.name(arrival.model),
        options: FleetRunnerOptions(contextLength: arrival.context > 0 ? arrival.context : nil),
        promptTokens: arrival.promptTokens,
        conversation: isNamed ? UInt64(arrival.conversation) : nil,
        prompt: arrival.conversation > 0 && !isNamed ? Self.prompt(of: arrival) : nil, flow: arrival.flow,
        band: arrival.band, weight: arrival.weight, isStreamed: !arrival.isUnary,
        promptHash: UInt64(number), isTold: true)
      request.fitsContext = arrival.context > 0
      let (ticket, decision, actions) = scheduler.submit(request, at: Self.time(now))
      tickets[number] = ticket
      numbersOfTickets[ticket] = number
      switch decision {
      case .granted(let grant): send(number, to: grant.server.number, grant.contextLength, at: now)
      case .waiting: break
      case .refused: fail(number, at: now)
      }
      perform(actions, at: now)
    }
  }

  /// As its blocks would be of a text of four bytes a token.
  private static func prompt(of arrival: Arrival) -> PromptChain {
    var blocks: [UInt64] = []
    for place in 1...PromptChain.blockLimit {
      let bytes = PromptChain.bytes(ofBlocks: place)
      guard bytes <= arrival.promptTokens * 4 else { break }
      let text = bytes <= arrival.sharedTokens * 4 ? 0 : arrival.conversation
      var random = Randomness(seed: UInt64(text * 1_000 + place))
      blocks.append(random.next())
    }
    return PromptChain(blocks: blocks)
  }

  private static func name(_ model: Int) -> String { "m\(model):latest" }

  private mutating func send(_ number: Int, to server: Int, _ context: Int? = nil, at now: Double) {
    guard let arrival = arrivals[number] else { return }
    result.perServer[server] += 1
    placesOfNumbers[number] = server
    let job = SimulatedOllama.Job(
      number: number, model: arrival.model, context: context ?? arrival.context,
      conversation: arrival.conversation,
      sharedTokens: arrival.sharedTokens, promptTokens: arrival.promptTokens,
      outputTokens: arrival.outputTokens, isUnary: arrival.isUnary)
    guard !killed.contains(server) else {
      result.lostAfterKill += 1
      end(number, .failed(.unreachable), at: now)
      return
    }
    servers[server].receive(job, at: now, &theirs)
  }

  private mutating func lose(_ job: SimulatedOllama.Job, _ server: Int, at now: Double) {
    if let load = loadsOfNumbers.removeValue(forKey: job.number) {
      let observation = FleetObservation.loadEnded(load.id, error: .unreachable)
      perform(scheduler.observed(FleetServerID(server), observation, at: Self.time(now)), at: now)
    } else {
      if !job.isUnary, job.startedAt > 0, job.startedAt + job.prefill <= now { result.cut += 1 }
      end(job.number, .failed(.brokenOff), at: now)
    }
  }

  private mutating func finish(_ job: SimulatedOllama.Job, at now: Double) {
    let load = max(job.readyAt - job.arrivedAt, 0)
    let durations = FleetDurations(
      total: Int((now - job.arrivedAt) * 1e9), load: Int(load * 1e9), promptEval: Int(job.prefill * 1e9),
      eval: Int(job.eval * 1e9))
    let report = FleetReport(
      durations: durations, promptTokens: job.promptTokens, outputTokens: job.outputTokens)
    result.done += 1
    let flow = arrivals[job.number]?.flow ?? 0
    result.served[flow, default: 0] += Double(job.promptTokens + 2 * job.outputTokens)
    result.duration = now
    guard let arrival = arrivals[job.number] else { return }
    end(job.number, .completed(report), at: now)
    guard arrival.turns > 1 else { return }
    var next = arrival
    next.turns -= 1
    next.at = now + arrival.pause * (0.5 + random.part())
    next.promptTokens += arrival.outputTokens + 30
    next.isFollowUp = true
    own.add(.arrival(next), at: next.at)
  }

  private mutating func end(_ number: Int, _ outcome: FleetOutcome, at now: Double) {
    guard let ticket = tickets[number] else {
      if case .failed = outcome { result.failed += 1 }
      arrivals[number] = nil
      return
    }
    let (fate, actions) = scheduler.ended(ticket, outcome, at: Self.time(now))
    switch fate {
    case .over:
      if case .failed = outcome { result.failed += 1 }
      arrivals[number] = nil
      tickets[number] = nil
      numbersOfTickets[ticket] = nil
    case .moved(let grant):
      result.moved += 1
      send(number, to: grant.server.number, grant.contextLength, at: now)
    case .waiting: result.moved += 1
    }
    perform(actions, at: now)
  }

  private mutating func fail(_ number: Int, at now: Double) {
    result.failed += 1
    arrivals[number] = nil
  }

  // MARK: What the scheduler wants

  private mutating func perform(_ actions: [FleetAction], at now: Double) {
    for action in actions {
      switch action {
      case .grant(let ticket, let grant):
        guard let number = numbersOfTickets[ticket] else { continue }
        for (at, seconds) in told.removeValue(forKey: number) ?? [] {
          result.told.append((arrivals[number]?.flow ?? 0, seconds, now - at))
        }
        send(number, to: grant.server.number, grant.contextLength, at: now)
      case .tell(let ticket, let standing):
        guard let number = numbersOfTickets[ticket], let seconds = standing.seconds else { continue }
        told[number, default: []].append((now, Double(seconds)))
      case .refuse(let ticket, _):
        if let number = numbersOfTickets[ticket] { fail(number, at: now) }
      case .load(let load): preload(load, at: now)
      case .ask(let server, let question): respond(to: question, server, at: now)
      case .recall(let ticket):
        if let number = numbersOfTickets[ticket] { end(number, .failed(.recalled), at: now) }
      case .cancelLoad, .turned, .keep, .pinned: break
      }
    }
  }

  private mutating func preload(_ load: FleetLoad, at now: Double) {
    numbers += 1
    let server = load.server.number
    loadsOfNumbers[numbers] = (server, load.id)
    placesOfNumbers[numbers] = server
    let model = Int(load.model.dropFirst().prefix { $0 != ":" }) ?? 0
    let job = SimulatedOllama.Job(
      number: numbers, model: model, context: load.options.contextLength ?? 0, isPreload: true)
    guard !killed.contains(server) else {
      lose(job, server, at: now)
      return
    }
    servers[server].receive(job, at: now, &theirs)
  }

  private mutating func respond(to question: FleetQuestion, _ id: FleetServerID, at now: Double) {
    let server = id.number
    let observation: FleetObservation =
      if killed.contains(server) {
        .failed(question, bytesCameMeanwhile: false)
      } else {
        switch question {
        case .version: .version(servers[server].traits.version)
        case .models:
          .models(
            (0..<models).map {
              FleetListedModel(
                name: Self.name($0), digest: "d\($0)", size: Int(servers[server].traits.loadTime * 0.5e9))
            })
        case .loaded:
          .loaded(
            servers[server].runners.map {
              FleetLoadedModel(
                name: Self.name($0.model), digest: "d\($0.model)",
                contextLength: $0.context > 0 ? $0.context : 4_096,
                size: Int(servers[server].traits.loadTime * 0.55e9), expiresIn: .seconds(300))
            })
        }
      }
    perform(scheduler.observed(id, observation, at: Self.time(now)), at: now)
  }
}
