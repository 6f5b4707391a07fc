internal import Access
internal import Budgets
internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import System
internal import WebSocket

/// One chat over a WebSocket: carries messages and events between its socket, the ``ChatSocketProtocol`` that knows
/// what they mean, the registry and the event logs. Lives on its worker's loop.
final class ChatSocket: WebSocketConnectionDelegate {
  private let context: WorkerContext
  private let modelNames: ModelNames
  /// The number of the route by which the socket came.
  private let route: Int
  /// Who has opened it, and asks whatever is asked over it.
  let principal: Principal
  private let services: Services
  private let loop: EventLoop
  private let reader: JSONReader
  /// What Ollama's requests carry: all are part of the trace of the request that opened the socket.
  private let trace: FieldSection
  /// Of the client, whose turns count there.
  private let account: ClientAccount?
  private var dialogue: ChatSocketProtocol?
  /// What the client has given us to keep, and the memory that it takes.
  private var config: (object: SocketConfiguration, hold: MemoryHold?) = (SocketConfiguration(), nil)
  private var socket: WebSocketConnection?
  private var writer = JSONWriter(reservingCapacity: 512)

  /// By this the registry knows us.
  private(set) lazy var listener: SessionListener = {
    let bound = LoopBound(WeakSocket(self), to: loop)
    return SessionListener(on: loop) { bound.value.socket?.generationDidStart($0) }
  }()
  /// Dropped when the client has left.
  private var membership: SessionMembership?
  private var directoryNumber: Int?
  private var subscription: Subscription?
  private var owesStart = false
  /// Generations that began after the session was joined and before the connection was a WebSocket.
  private var early: [Generation] = []
  /// Messages of ours that wait for their turn or are being answered.
  private var pendingTurns = 0
  private var isDraining = false
  private var hasEnded = false

  /// Bytes of text that are encoded at a time.
  private static let batchBytes = 32 * 1024
  /// Messages of a history that are sent.
  private static let historyLimit = 500

  init(
    _ context: WorkerContext, _ modelNames: ModelNames, route: Int, principal: Principal,
    trace: FieldSection, account: ClientAccount?
  ) {
    self.account = account
    self.context = context
    self.modelNames = modelNames
    self.route = route
    self.principal = principal
    services = context.services
    reader = context.reader
    self.trace = trace
    loop = context.loop
  }

  /// Others hold on to closures that must not hold on to us.
  private struct WeakSocket {
    weak var socket: ChatSocket?

    init(_ socket: ChatSocket) { self.socket = socket }
  }

  private var configuration: Configuration { context.settings.configuration }

  /// The session that is joined; nil before, and after the end.
  private var sessionID: SessionID? { membership?.sessionID }

  /// The session is joined.
  ///
  /// - Returns: false where the client has left meanwhile, and so has its membership.
  func join(_ membership: SessionMembership) -> Bool {
    if hasEnded { return false }
    self.membership = membership
    return true
  }

  /// The connection has become a WebSocket, and the session is joined.
  func open(
    _ connection: UpgradedConnection, flusher: SocketFlusher, clientID: String, models: [String],
    generation: Generation?, after number: Int?
  ) {
    guard let session = sessionID else { return connection.close() }
    var limits = WebSocketLimits()
    // The message that ends an answer has all of it once more, and JSON escapes some of it.
    limits.send.bound = 2 * services.registry.limits.logBytes
    limits.pingInterval = services.intervals.socketPing
    limits.closeTimeout = services.intervals.socketClose
    let socket = WebSocketConnection(
      connection, flusher: flusher, sendTimeout: configuration.sendTimeout, limits: limits)
    socket.delegate = self
    self.socket = socket
    enterDirectory(session, clientID)
    var dialogue = ChatSocketProtocol(sessionID: session, clientID: clientID)
    let command = dialogue.open(generation: generation, after: number, models: models, into: &writer)
    self.dialogue = dialogue
    flush()
    perform(command)
    for generation in early { generationDidStart(generation) }
    early = []
    // Going down may have begun during the handshake.
    closeIfDrained()
  }

  private func setState(_ state: SocketDirectory.State) {
    if let directoryNumber { services.sockets.set(directoryNumber, state) }
  }

  private func enterDirectory(_ session: SessionID, _ clientID: String) {
    let bound = LoopBound(WeakSocket(self), to: loop)
    let loop = loop
    directoryNumber = services.sockets.add(
      SocketDirectory.Entry(clientID: clientID, sessionID: session, since: .now) { message in
        loop.execute { bound.value.socket?.send(message) }
      })
  }

  /// The gateway is going down: the socket closes once nothing is being generated for it.
  func drain() {
    isDraining = true
    closeIfDrained()
  }

  /// The drain time is over.
  func giveUp() {
    socket?.close(.goingAway, reason: "the gateway is shutting down")
  }

  private func closeIfDrained() {
    guard isDraining, dialogue?.isGenerating != true, pendingTurns == 0 else { return }
    giveUp()
  }

  // MARK: The socket

  func socket(_ socket: WebSocketConnection, didReceive text: UnsafeRawBufferPointer) {
    do throws(RequestFailure) {
      let defaultModel = configuration.defaultModel
      let message = try reader.withDocument(text) { root throws(RequestFailure) in
        try ChatSocketMessage(root, defaultModel: defaultModel)
      }
      let command = dialogue?.receive(message, into: &writer)
      flush()
      perform(command ?? nil)
    } catch {
      dialogue?.write(error, into: &writer)
      flush()
    }
  }

  func socketHasRoom(_ socket: WebSocketConnection) { pump() }

  /// A generation need not go on for a listener that is being shown out, and no turn begins for it.
  func socketIsClosing(_ socket: WebSocketConnection) {
    leave()
    setState(.closing)
  }

  func socketDidEnd(_ socket: WebSocketConnection) { end() }

  /// The client has left, perhaps before its connection was a WebSocket.
  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    if let directoryNumber { services.sockets.remove(directoryNumber) }
    leave()
    early = []
  }

  /// Listens no more, and has no part in the session any more.
  private func leave() {
    unfollow()
    guard membership != nil else { return }
    // First of all, as the registry looks whether anybody has joined.
    membership = nil
    for generation in early + (dialogue?.generations ?? []) { services.registry.listenerDidLeave(generation) }
  }

  private func send(_ message: [UInt8]) {
    writer.value(json: message)
    flush()
  }

  /// Sends the message that was written.
  private func flush() {
    guard !writer.bytes.isEmpty else { return }
    if let socket { socket.send(&writer) } else { writer.reset() }
  }

  // MARK: Commands

  private func perform(_ command: ChatSocketProtocol.Command?) {
    guard let command, !hasEnded, let sessionID, socket?.isOpen == true else { return }
    let (registry, principal) = (services.registry, principal)
    switch command {
    case .beginTurn(let request, let includesContext, let number):
      beginTurn(request, includesContext, number, in: sessionID)
    case .follow(let generation, let number): follow(generation, after: number)
    case .stop:
      ask {
        await ChatSocket.refusal { () throws(SessionAccessError) in
          _ = try await registry.stopGeneration(of: sessionID, as: principal)
        }
      } then: { socket, refusal in
        if refusal == .notOwner { socket.refuse(.notOwner) }
      }
    case .resume(let session, let number):
      ask {
        await registry.generation(of: session ?? sessionID, as: principal)
      } then: { socket, generation in
        let command = socket.dialogue?.resume(generation, after: number, into: &socket.writer)
        socket.flush()
        socket.perform(command ?? nil)
      }
    case .readHistory(let dialect):
      ask {
        await registry.history(of: sessionID, as: principal, limit: ChatSocket.historyLimit)
      } then: { socket, page in
        socket.sendHistory(page?.messages ?? [], dialect)
      }
    case .clearHistory(let dialect):
      ask {
        await ChatSocket.refusal { () throws(SessionAccessError) in
          _ = try await registry.clearHistory(of: sessionID, as: principal)
        }
      } then: { socket, refusal in
        // Of a session that is not there any more nothing is left to clear.
        if refusal == .notOwner { return socket.refuse(.notOwner) }
        socket.dialogue?.writeCleared(dialect: dialect, into: &socket.writer)
        socket.flush()
      }
    case .readMetrics:
      let sockets = services.sockets
      ask {
        (registry.currentCounts, sockets.count)
      } then: { socket, counts in
        socket.dialogue?.writeMetrics(counts.0, connections: counts.1, into: &socket.writer)
        socket.flush()
      }
    case .greet: greet(in: sessionID)
    case .configure(let config): configure(config)
    case .leave(let reason): socket?.close(.tryAgainLater, reason: reason)
    }
  }

  private func greet(in session: SessionID) {
    let (registry, principal, modelNames) = (services.registry, principal, modelNames)
    ask {
      (await registry.generation(of: session, as: principal), await modelNames.read())
    } then: { socket, found in
      socket.dialogue?.writeConnection(generation: found.0, models: found.1, into: &socket.writer)
      socket.flush()
    }
  }

  private func configure(_ config: [UInt8]) {
    do throws(RequestFailure) {
      var merged = self.config.object
      try merged.merge(config)
      let hold = try RequestFailure.hold(bytes: merged.json.count, of: services.unsentMemory, for: account)
      self.config = (merged, hold)
      dialogue?.writeConfig(merged, into: &writer)
      flush()
    } catch {
      refuse(error)
    }
  }

  private func sendHistory(_ messages: [Message], _ dialect: ChatSocketProtocol.Dialect) {
    guard let dialogue, let socket else { return }
    do throws(RequestFailure) {
      let hold = try RequestFailure.hold(messages, of: services.unsentMemory, for: socket.account)
      socket.send(dialogue.history(messages, keeping: hold, dialect: dialect))
    } catch {
      refuse(error)
    }
  }

  private func refuse(_ failure: RequestFailure) {
    dialogue?.write(failure, into: &writer)
    flush()
  }

  private static func refusal(
    _ work: @Sendable () async throws(SessionAccessError) -> Void
  ) async -> SessionAccessError? {
    do throws(SessionAccessError) {
      try await work()
      return nil
    } catch {
      return error
    }
  }

  /// Asks the registry, and goes on with the answer. The tasks of a loop begin in their order, and each puts its question on
  /// the registry's queue at once: what a client says is done in the order in which it was said.
  private func ask<Answer: Sendable>(
    _ question: @escaping () async -> Answer, then: @escaping (ChatSocket, Answer) -> Void
  ) {
    weak let asker = self
    loop.startTask {
      let answer = await question()
      guard let asker, !asker.hasEnded else { return }
      asker.dialogue?.questionDidEnd()
      then(asker, answer)
    }
  }

  private func beginTurn(
    _ message: ChatMessageRequest, _ includesContext: Bool, _ number: Int, in session: SessionID
  ) {
    pendingTurns += 1
    let place: TablePlace
    do throws(RequestFailure) {
      place = try services.takeTurn(of: account)
    } catch {
      return turnDidFail(number, error)
    }
    let request = TurnRequest(
      sessionID: session, principal: principal, user: message.userID, message: message.message,
      images: message.images, model: message.model,
      includesContext: includesContext, replacesLastTurn: message.regenerates, origin: listener.id,
      originTurn: number, isStreamed: message.stream, attachedBytes: message.attachedBytes)
    loop.startTask {
      do throws(TurnError) {
        let turn = try await self.services.registry.beginTurn(request, account: self.account)
        let runner = GenerationRunner(turn: turn, route: self.route, place: place, in: self.context)
        runner.start(message, trace: self.trace, settings: self.context.settings)
      } catch {
        self.turnDidFail(number, RequestFailure(error))
      }
    }
  }

  private func turnDidFail(_ number: Int, _ failure: RequestFailure) {
    pendingTurns -= 1
    dialogue?.turnDidFail(number, failure, into: &writer)
    flush()
    closeIfDrained()
  }

  // MARK: Generations

  private func generationDidStart(_ generation: Generation) {
    guard !hasEnded else { return }
    guard dialogue != nil else {
      // One more than can be told: the socket will be shown out.
      if early.count < ChatSocketProtocol.waitingGenerations + 2 { early.append(generation) }
      return
    }
    let isOwn = generation.origin == listener.id
    if isOwn { pendingTurns -= 1 }
    perform(dialogue?.generationDidStart(generation, ownTurn: isOwn ? generation.originTurn : nil) ?? nil)
  }

  private func follow(_ generation: Generation, after number: Int) {
    unfollow()
    owesStart = number == 0
    let bound = LoopBound(WeakSocket(self), to: loop)
    subscription = generation.log.subscribe(after: number, on: loop) { bound.value.socket?.pump() }
    setState(.generating)
    pump()
  }

  private func unfollow() {
    subscription?.cancel()
    subscription = nil
  }

  /// Writes what is new, as long as the client keeps up.
  private func pump() {
    while let subscription, socket?.isCongested != true {
      if owesStart {
        owesStart = false
        dialogue?.writeStart(into: &writer)
        flush()
      }
      let progress = subscription.read(maximumBytes: ChatSocket.batchBytes) { number, event in
        dialogue?.write(number, event, into: &writer)
        flush()
      }
      if progress == .ended { return endGeneration() }
      if progress == .caughtUp { return }
    }
  }

  private func endGeneration() {
    unfollow()
    setState(.idle)
    let command = dialogue?.generationDidEnd(into: &writer)
    flush()
    perform(command ?? nil)
    closeIfDrained()
  }
}
