internal import Handling
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
internal import Telemetry
internal import WebSocket

/// One chat over a WebSocket: carries messages and events between its socket, the ``ChatSocketProtocol`` that knows
/// what they mean, the registry and the event logs. Lives on its worker's loop.
final class ChatSocket: WebSocketConnectionDelegate, AdmittedWork {
  let context: WorkerContext
  let modelNames: ModelNames
  /// The number of the route by which the socket came.
  let route: Int
  /// Who has opened it, and asks whatever is asked over it.
  var admitted: Admitted
  /// For whom models work that are asked over it.
  let payer: WorkPayer
  let services: Services
  let loop: EventLoop
  private let reader: JSONReader
  /// Of the request that opened the socket.
  let requestID: RequestID
  /// What Ollama's requests carry: all are part of the trace of the request that opened the socket.
  let trace: FieldSection
  /// Of the client, whose turns count there.
  let account: ClientAccount?
  var dialogue: ChatSocketProtocol?
  /// What the client has given us to keep, and the memory that it takes.
  var config: (object: SocketConfiguration, hold: MemoryHold?) = (SocketConfiguration(), nil)
  var socket: WebSocketConnection?
  var writer = JSONWriter(reservingCapacity: 512)

  /// By this the registry knows us.
  private(set) lazy var listener: SessionListener = {
    // Others hold on to closures that must not hold on to us.
    let bound = LoopBound(WeakReference(self), to: loop)
    return SessionListener(on: loop) {
      bound.value.object?.generationDidStart($0)
    } membershipDidEnd: {
      bound.value.object?.accessDidEnd(ChatSocket.handedOver)
    }
  }()
  /// Dropped when the client has left.
  private var membership: SessionMembership?
  private var directoryNumber: Int?
  var subscription: Subscription?
  var owesStart = false
  /// Generations that began after the session was joined and before the connection was a WebSocket.
  var early: [Generation] = []
  /// Turns of ours that wait or run.
  var pendingTurns = 0
  private var isDraining = false
  var hasEnded = false
  /// Why its client is let in no more.
  private(set) var refusal: RequestFailure?

  init(
    _ context: WorkerContext, _ modelNames: ModelNames, route: Int, for admitted: Admitted,
    payer: WorkPayer, requestID: RequestID, trace: FieldSection, account: ClientAccount?
  ) {
    self.account = account
    self.context = context
    self.modelNames = modelNames
    self.route = route
    self.admitted = admitted
    self.payer = payer
    services = context.services
    reader = context.reader
    self.requestID = requestID
    self.trace = trace
    loop = context.loop
    context.accessWatch.add(self)
  }

  var principal: Principal { admitted.principal }

  var configuration: Configuration { context.settings.configuration }

  /// The session that is joined; nil before, and after the end.
  var sessionID: SessionID? { membership?.sessionID }

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
    // The message that ends a generation has all of it once more, and JSON escapes some of it.
    limits.send.bound = 2 * services.registry.limits.logBytes
    if let interval = services.intervals.socketPing { limits.pingInterval = interval }
    if let timeout = services.intervals.socketClose { limits.closeTimeout = timeout }
    let socket = WebSocketConnection(
      connection, flusher: flusher, sendTimeout: configuration.sendTimeout, limits: limits)
    socket.delegate = self
    self.socket = socket
    enterDirectory(session, clientID)
    var dialogue = ChatSocketProtocol(
      sessionID: session, clientID: clientID, instance: services.instance)
    let command = dialogue.open(generation: generation, after: number, models: models, into: &writer)
    self.dialogue = dialogue
    flush()
    perform(command)
    for generation in early { generationDidStart(generation) }
    early = []
    // Either may have begun during the handshake.
    closeIfDrained()
    if let refusal { shut(for: refusal) }
  }

  /// Its client is let in no more. What runs may end; what waits for its turn or for a server is refused by itself.
  func accessDidEnd(_ failure: RequestFailure) {
    refusal = failure
    shut(for: failure)
  }

  /// The session was given to somebody whose it is alone.
  private static let handedOver = RequestFailure(403, "The session has another owner now")

  private func shut(for failure: RequestFailure) { socket?.close(.policyViolation, reason: failure.detail) }

  func setState(_ state: OpenConnection.State) {
    if let directoryNumber { services.connections.set(directoryNumber, state) }
  }

  private func enterDirectory(_ session: SessionID, _ clientID: String) {
    let bound = LoopBound(WeakReference(self), to: loop)
    let loop = loop
    directoryNumber = services.connections.add(
      OpenConnection(clientID: clientID, sessionID: session, since: .now) { message in
        loop.execute { bound.value.object?.send(message) }
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

  func closeIfDrained() {
    guard isDraining, dialogue?.isGenerating != true, pendingTurns == 0 else { return }
    giveUp()
  }

  func socket(_ socket: WebSocketConnection, didReceive text: UnsafeRawBufferPointer) {
    do throws(RequestFailure) {
      let (defaultModel, aliases) = (configuration.defaultModel, context.settings.aliases)
      let message = try reader.withDocument(text) { root throws(RequestFailure) in
        try ChatSocketMessage(root, defaultModel: defaultModel).resolved(by: aliases)
      }
      try context.doorkeeper.require(message.rule, of: &admitted)
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
    context.accessWatch.remove(self)
    if let directoryNumber { services.connections.remove(directoryNumber) }
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
  func flush() {
    guard !writer.bytes.isEmpty else { return }
    if let socket { socket.send(&writer) } else { writer.reset() }
  }
}
