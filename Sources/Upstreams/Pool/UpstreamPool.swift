package import Fleet
internal import EventLoop
internal import System

/// The Ollama servers that all workers ask, what they know of them in common, and which call goes to which of them. Safe from any
/// thread: a small lock, taken twice a call and never for a token.
package final class UpstreamPool: Sendable {
  typealias Waiter = CheckedContinuation<UpstreamHealth, Never>

  /// A call that waits for a server.
  private struct WaitingCall {
    /// Whose it is.
    var client: Int
    /// Who asks.
    var caller: FleetCaller?
  }

  private struct Shared {
    var list = UpstreamServerList()
    var scheduler: FleetScheduler
    var health = UpstreamHealthState(servers: [])
    var waiters: [Int: Waiter] = [:]
    /// The clients of the loops; nil for one that is closed.
    var clients: [LoopBound<UpstreamClient>?] = []
    /// The calls that wait for a server.
    var waiting: [FleetTicket: WaitingCall] = [:]
    /// When the timer is due that was set last.
    var timerDeadline: MonotonicTime?
    /// When the only server was looked at last.
    var lookedAt: MonotonicTime?
    /// Questions for the first client there will be.
    var early: [FleetAction] = []
  }

  private let shared: Lock<Shared>
  let policy: FleetPolicy
  /// Of the numbers by which prompts are known, so that nobody can write one that looks like another's. See ``PromptChain``.
  package let promptSeed = UInt64.random(in: 0 ... .max)
  /// Which requests may have changed the models of the servers.
  package let modelChanges = ModelChanges()
  /// Which of the servers' models can chat.
  package let chatModels = ChatModelKnowledge()
  /// What each of the servers has listed last.
  package let lists = ListMemory()

  package init(_ servers: [UpstreamServer], policy: FleetPolicy = .ofPool) {
    var shared = Shared(scheduler: FleetScheduler(policy: policy, seed: UInt64.random(in: 0 ... .max)))
    shared.list.use(servers)
    shared.early = shared.scheduler.use(shared.list.fleetServers, at: .now)
    shared.health = UpstreamHealthState(servers: shared.list.ids)
    self.shared = Lock(shared)
    self.policy = policy
  }

  // MARK: Servers

  /// From now on these are the servers, in the operator's order. Those that are there already keep what is known of them, and
  /// are used as is said of them now; those that are not among them any more finish what they have.
  ///
  /// - Parameter keepingOthers: whether those that were there before still take calls: until each loop has heard of the new ones.
  /// - Returns: what to tell each loop: see ``UpstreamClient/servers``.
  @discardableResult
  package func use(_ servers: [UpstreamServer], keepingOthers: Bool = false) -> UpstreamServers {
    let now = MonotonicTime.now
    let (probe, list) = act(at: now) { shared, actions in
      let old = keepingOthers ? shared.list.servers : []
      let before = shared.list
      shared.list.use(servers + old.filter { old in !servers.contains { $0.isSame(as: old) } })
      actions = shared.scheduler.use(shared.list.fleetServers, at: now)
      for id in shared.list.withOtherLogin(than: before) {
        actions += shared.scheduler.loginChanged(id, at: now)
      }
      let probe = shared.health.use(shared.list.ids).probe
      return (probe, shared.list.named(servers))
    }
    if let probe {
      let client = shared.withLock { $0.clients.lazy.compactMap { $0 }.first }
      if let client { UpstreamOrder.Handed(order: .check(probe), client: client).hand() }
    }
    return list
  }

  /// The servers, in the operator's order.
  package var servers: UpstreamServers { shared.withLock { $0.list.named($0.list.servers) } }

  /// The server of a number; nil for one that is long gone.
  func server(_ id: FleetServerID) -> UpstreamServer? { shared.withLock { $0.list[id] } }

  /// What is known of them, for people.
  ///
  /// - Parameter limit: as many of the calls that wait are shown.
  package func view(limit: Int = 100) -> FleetView {
    shared.withLock { $0.scheduler.view(at: .now, limit: limit) }
  }

  /// The same, with who it is that waits, as far as that is known.
  func viewWithCallers(limit: Int, listsModels: Bool) -> (FleetView, [FleetTicket: FleetCaller]) {
    shared.withLock { shared in
      let view = shared.scheduler.view(at: .now, limit: limit, listsModels: listsModels)
      var callers: [FleetTicket: FleetCaller] = [:]
      for row in view.waiting { callers[row.ticket] = shared.waiting[row.ticket]?.caller }
      return (view, callers)
    }
  }

  /// The only server, where it is time to ask what it has: once a second. Nil where there are several.
  func beginLook(at now: MonotonicTime) -> UpstreamServers.Entry? {
    shared.withLock { shared in
      guard shared.list.count == 1, shared.lookedAt.map({ now - $0 < UpstreamPool.lookInterval }) != true
      else { return nil }
      shared.lookedAt = now
      return shared.list.named(shared.list.servers).entries.first
    }
  }

  private static let lookInterval = Duration.seconds(1)

  /// Calls under way.
  package var callsInFlight: Int { withScheduler { $0.inFlight } }

  func withScheduler<Result>(_ body: (borrowing FleetScheduler) -> Result) -> Result {
    shared.withLock { body($0.scheduler) }
  }

  /// The server gets nothing new from now on, and finishes what it has; or the end of that.
  package func setDraining(_ isDraining: Bool, _ id: FleetServerID) {
    let now = MonotonicTime.now
    act(at: now) { shared, actions in
      actions = isDraining ? shared.scheduler.drain(id, at: now) : shared.scheduler.resume(id, at: now)
    }
  }

  /// Whether calls wait here while the servers are full, and how long they do so at most; whether they may be sent with more context
  /// than they ask for. Loops hear of the last with the servers.
  package func useQueue(_ isOn: Bool, waitLimit: Duration?, fitsContext: Bool = false) {
    let now = MonotonicTime.now
    act(at: now) { shared, actions in
      shared.list.fitsContext = fitsContext
      var policy = shared.scheduler.policy
      guard
        policy.isQueueing != isOn || policy.waitLimit != waitLimit || policy.fitsContext != fitsContext
      else { return }
      (policy.isQueueing, policy.waitLimit, policy.fitsContext) = (isOn, waitLimit, fitsContext)
      actions = shared.scheduler.use(policy, at: now)
    }
  }

  // MARK: Clients

  /// On the client's loop.
  ///
  /// - Returns: the client's number here.
  func add(_ client: UpstreamClient) -> Int {
    let bound = LoopBound(client, to: client.loop)
    let number = shared.withLock { shared in
      shared.clients.append(bound)
      return shared.clients.count - 1
    }
    act(at: client.loop.now) { shared, actions in swap(&shared.early, &actions) }
    return number
  }

  /// Nothing is handed to the client any more.
  func remove(client number: Int) {
    let now = MonotonicTime.now
    act(at: now) { shared, actions in
      shared.clients[number] = nil
      // Its calls are over, and its timer is another's now.
      shared.timerDeadline = nil
      for (ticket, call) in shared.waiting where call.client == number {
        shared.waiting[ticket] = nil
        actions += shared.scheduler.left(ticket, at: now)
      }
    }
  }

  // MARK: Health

  func knownHealth(at now: MonotonicTime) -> UpstreamHealth? {
    shared.withLock { $0.health.knownHealth(at: now) }
  }

  func makeWaiter() -> Int { shared.withLock { $0.health.makeWaiter() } }

  /// Resumes the continuation at once, or when the servers' health is known.
  ///
  /// - Returns: a probe that the caller must make, and ``end(_:_:at:)``.
  func wait(_ waiter: Int, _ continuation: Waiter, at now: MonotonicTime) -> UpstreamProbe? {
    tell { shared in
      shared.waiters[waiter] = continuation
      return shared.health.wait(waiter, at: now)
    }
  }

  /// The waiter is resumed, if he still waits.
  func leave(_ waiter: Int) {
    let continuation = shared.withLock { shared in
      shared.health.leave(waiter)
      return shared.waiters.removeValue(forKey: waiter)
    }
    continuation?.resume(returning: UpstreamHealth(version: .failure(.cancelled)))
  }

  /// - Parameter version: nil where the probe was given up.
  /// - Returns: another probe that the caller must make.
  func end(
    _ probe: UpstreamProbe, _ version: Result<String, UpstreamFailure>?, at now: MonotonicTime
  ) -> UpstreamProbe? {
    tell { $0.health.end(probe, version, at: now) }
  }

  private func tell(_ event: (inout Shared) -> UpstreamHealthState.Actions) -> UpstreamProbe? {
    let (actions, told) = shared.withLock { shared in
      let actions = event(&shared)
      return (actions, actions.told.compactMap { shared.waiters.removeValue(forKey: $0) })
    }
    if let health = actions.health {
      for continuation in told { continuation.resume(returning: health) }
    }
    return actions.probe
  }

  // MARK: Calls

  /// What becomes of a call that wants a server. No tuple: that is copied and let go by what is looked up of its type at run time.
  struct Submission {
    let ticket: FleetTicket
    let decision: FleetDecision
    /// Where it is granted.
    let server: UpstreamServer?
  }

  /// A call that wants a server.
  ///
  /// - Parameter client: the number of its client, which is told where the call has to wait.
  func submit(_ request: FleetRequest, of client: Int, at now: MonotonicTime) -> Submission {
    act(at: now) { shared, actions in
      let (ticket, decision, others) = shared.scheduler.submit(request, at: now)
      actions = others
      var server: UpstreamServer?
      switch decision {
      case .granted(let grant): server = shared.list[grant.server]
      case .waiting: shared.waiting[ticket] = WaitingCall(client: client, caller: request.caller)
      case .refused: break
      }
      return Submission(ticket: ticket, decision: decision, server: server)
    }
  }

  func contentBegan(_ ticket: FleetTicket, isError: Bool, at now: MonotonicTime) {
    act(at: now) { shared, _ in shared.scheduler.contentBegan(ticket, isError: isError, at: now) }
  }

  func paused(_ ticket: FleetTicket, at now: MonotonicTime) {
    shared.withLock { $0.scheduler.paused(ticket, at: now) }
  }

  /// What becomes of a call whose server is done with it.
  struct Ending {
    let fate: FleetFate
    /// Where it is moved.
    let server: UpstreamServer?
  }

  /// The call's server is done with it.
  ///
  /// - Parameter hasAnswered: whether it has responded at all; nil where that says nothing.
  func ended(
    _ ticket: FleetTicket, at server: FleetServerID, _ outcome: FleetOutcome, hasAnswered: Bool?,
    of client: Int, _ caller: FleetCaller?, at now: MonotonicTime
  ) -> Ending {
    act(at: now) { shared, actions in
      if let hasAnswered { shared.health.note(server, hasAnswered: hasAnswered) }
      let (fate, others) = shared.scheduler.ended(ticket, outcome, at: now)
      actions = others
      var server: UpstreamServer?
      switch fate {
      case .over: break
      case .moved(let grant): server = shared.list[grant.server]
      case .waiting: shared.waiting[ticket] = WaitingCall(client: client, caller: caller)
      }
      return Ending(fate: fate, server: server)
    }
  }

  /// After how many seconds a call that was refused may come again, 1 to 120: when there is a place as it seems, and up to a fifth
  /// more, so that those who were refused together do not come together.
  ///
  /// - Returns: nil where time does not help.
  func retryAfter(_ refusal: FleetRefusal, of flow: UInt64, at now: MonotonicTime) -> Int? {
    switch refusal {
    case .noServerHasModel: nil
    case .noServerIsUp, .serversAreDrained: 5
    case .queueFull, .overShare, .timedOut:
      UpstreamPool.retryAfter(
        shared.withLock { $0.scheduler.nextPlace(of: refusal == .overShare ? flow : nil, at: now) },
        jitter: .random(in: 1...1.2))
    }
  }

  /// After how many seconds a request may come again for which there was no memory beside those that wait: when the next of these is
  /// sent, as it seems, 1 to 120.
  ///
  /// - Parameter flow: of which one must be sent; nil for any.
  /// - Returns: nil where none waits.
  package func retryAfterMemory(of flow: UInt64?) -> Int? {
    let now = MonotonicTime.now
    let next = shared.withLock { shared in
      shared.scheduler.depth > 0 ? shared.scheduler.nextPlace(of: flow, at: now) : nil
    }
    return next.map { UpstreamPool.retryAfter($0, jitter: .random(in: 1...1.2)) }
  }

  /// - Parameter jitter: 1 to 1.2.
  static func retryAfter(_ next: Duration, jitter: Double) -> Int {
    Int(min(max((next / .seconds(1)).rounded(.up) * jitter, 1), 120).rounded(.up))
  }

  /// Who asked is gone.
  func left(_ ticket: FleetTicket, at now: MonotonicTime) {
    act(at: now) { shared, actions in
      shared.waiting[ticket] = nil
      actions = shared.scheduler.left(ticket, at: now)
    }
  }

  /// Something has been found out of a server.
  func observed(_ server: FleetServerID, _ observation: FleetObservation, at now: MonotonicTime) {
    act(at: now) { $1 = $0.scheduler.observed(server, observation, at: now) }
  }

  /// The digest of a model, by its canonical name, where all servers that have it have the same; else nil.
  package func digest(of model: String) -> String? { shared.withLock { $0.scheduler.digest(of: model) } }

  /// The same where that is as new as the servers are asked: nil of an only server, which is asked nothing by itself.
  package func currentDigest(of model: String) -> String? {
    shared.withLock { $0.list.count == 1 ? nil : $0.scheduler.digest(of: model) }
  }

  /// Whether there is but one server.
  package var hasSoleServer: Bool { shared.withLock { $0.list.count == 1 } }

  /// A request that may have changed which models servers have, or have in memory, is over: they are asked soon.
  package func modelsMayHaveChanged() {
    let now = MonotonicTime.now
    act(at: now) { $1 = $0.scheduler.modelsMayHaveChanged(at: now) }
  }

  /// What is due is done. Of the client whose timer it is.
  func tick(at now: MonotonicTime) {
    act(at: now) { shared, actions in
      shared.timerDeadline = nil
      actions = shared.scheduler.tick(at: now)
    }
  }

  /// Lets something happen, and hands out what is to be done then. Inlined: where its result is generic, it is copied and let go by
  /// what is looked up of its type at run time.
  ///
  /// - Parameter event: says what of that the scheduler wants.
  @discardableResult
  @inline(__always)
  private func act<Result>(
    at now: MonotonicTime, _ event: (inout Shared, inout [FleetAction]) -> Result
  ) -> Result {
    var orders: [UpstreamOrder.Handed] = []
    let result = shared.withLock { shared in
      var actions: [FleetAction] = []
      let result = event(&shared, &actions)
      orders = UpstreamPool.orders(for: actions, &shared, at: now)
      return result
    }
    for order in orders { order.hand() }
    return result
  }

  /// Nothing is allocated where nothing is to be done.
  private static func orders(
    for actions: [FleetAction], _ shared: inout Shared, at now: MonotonicTime
  ) -> [UpstreamOrder.Handed] {
    var orders: [UpstreamOrder.Handed] = []
    for action in actions { add(action, to: &orders, &shared, at: now) }
    if let deadline = shared.scheduler.deadline(before: shared.timerDeadline),
      let client = shared.clients.lazy.compactMap({ $0 }).first
    {
      shared.timerDeadline = deadline
      orders.append(UpstreamOrder.Handed(order: .setTimer(deadline), client: client))
    }
    return orders
  }

  private static func add(
    _ action: FleetAction, to orders: inout [UpstreamOrder.Handed], _ shared: inout Shared,
    at now: MonotonicTime
  ) {
    @discardableResult
    func hand(_ order: UpstreamOrder, to number: Int?) -> Bool {
      guard let number, let client = shared.clients[number] else { return false }
      orders.append(UpstreamOrder.Handed(order: order, client: client))
      return true
    }
    func handToAll(_ order: UpstreamOrder) {
      for number in shared.clients.indices { hand(order, to: number) }
    }
    // One loop has what is asked of a server for nobody.
    func handToOwner(_ id: FleetServerID, _ order: (UpstreamServer) -> UpstreamOrder) {
      guard let server = shared.list[id] else { return }
      let open = shared.clients.indices.filter { shared.clients[$0] != nil }
      if open.isEmpty {
        shared.early.append(action)
      } else {
        hand(order(server), to: open[id.number % open.count])
      }
    }
    switch action {
    case .grant(let ticket, let grant):
      let client = shared.waiting.removeValue(forKey: ticket)?.client
      guard let server = shared.list[grant.server] else { return }
      hand(.send(ticket, server, grant), to: client)
    case .refuse(let ticket, let refusal):
      hand(.refuse(ticket, refusal), to: shared.waiting.removeValue(forKey: ticket)?.client)
    case .tell(let ticket, let standing): hand(.tell(ticket, standing), to: shared.waiting[ticket]?.client)
    // Few are: to know each call's client would cost all.
    case .recall(let ticket): handToAll(.recall(ticket))
    case .cancelLoad(_, let load): handToAll(.cancelLoad(load))
    case .load(let load) where load.ticket == nil: handToOwner(load.server) { .load(load, $0) }
    case .load(let load):
      if let server = shared.list[load.server], let ticket = load.ticket,
        hand(.load(load, server), to: shared.waiting[ticket]?.client)
      {
        return
      }
      // Who wanted it is gone meanwhile.
      let next = shared.scheduler.observed(load.server, .loadEnded(load.id, error: .stalled), at: now)
      for action in next { add(action, to: &orders, &shared, at: now) }
    case .turned(let id, let isUp):
      guard let server = shared.list[id] else { return }
      hand(.log(server, isUp: isUp), to: shared.clients.firstIndex { $0 != nil })
    case .ask(let id, let question): handToOwner(id) { .ask(id, $0, question) }
    case .keep(let id, let model, let length):
      handToOwner(id) { .keep($0, model: model, contextLength: length) }
    case .pinned(let id, let model, let trouble):
      handToOwner(id) { .logPin($0, model: model, trouble) }
    }
  }
}

extension FleetPolicy {
  /// One server is used as if there were no scheduler: what it takes, and how much at once, is left to it.
  package static var ofPool: FleetPolicy {
    var policy = FleetPolicy()
    policy.managesSoleServer = false
    return policy
  }
}
