internal import Handling
internal import JSON
internal import Sessions
internal import Telemetry
internal import System

/// What is said over one WebSocket, in both dialects, without a socket: messages and events go in, messages and
/// commands come out.
struct ChatSocketProtocol {
  let sessionID: SessionID
  let clientID: String
  /// Names this start of the gateway.
  let instance: String
  /// How our own turns that have not begun want to be told, in their order.
  private var ownTurns: [OwnTurn] = []

  private struct OwnTurn {
    let number: Int
    let rendering: Rendering
    /// What is told back once the message has been taken.
    let message: String
  }

  private var lastTurn = 0
  /// Generations that are over or running, to be told after the one that is being told.
  private var next: [(generation: Generation, rendering: Rendering)] = []
  private var current: (encoder: ChatEventEncoder, rendering: Rendering)?
  /// What the assistant dialect was told of the current generation, until it is too long to be told again and again.
  private var partial: [UInt8]?
  /// Bytes of it.
  private static let partialLimit = 16 * 1024
  /// Whether the end of the generation that is told now was told.
  private var hasToldEnd = false
  /// Questions to the registry that are under way.
  private var openQuestions = 0

  /// Turns of one socket that may wait.
  private static let waitingTurns = 16
  /// Generations that may wait to be told: others' in the same session, while this client is slow.
  static let waitingGenerations = 16

  /// Questions that may be under way: what one gets can be as long as a history.
  static let questionLimit = 32

  init(sessionID: SessionID, clientID: String, instance: String) {
    self.sessionID = sessionID
    self.clientID = clientID
    self.instance = instance
  }

  /// The generations that are being told, or wait for that.
  var generations: [Generation] { (current.map { [$0.encoder.generation] } ?? []) + next.map(\.generation) }

  /// Whether a generation is being told.
  var isGenerating: Bool { current != nil }

  // MARK: What the client says

  /// - Returns: what to do; what the client can be told at once is in `writer`.
  mutating func receive(_ message: ChatSocketMessage, into writer: inout JSONWriter) -> Command? {
    switch message {
    case .chat(let request):
      return begin(request, request.stream ? .stream : .whole, includesContext: true, into: &writer)
    case .text(let request, let includesContext):
      return begin(
        request, .assistant(streams: request.stream), includesContext: includesContext, into: &writer)
    case .stop: return ask(.stop, into: &writer)
    case .resume(let session, let number): return ask(.resume(session, after: number), into: &writer)
    case .history: return ask(.readHistory(.chat), into: &writer)
    case .clearHistory: return ask(.clearHistory(.chat), into: &writer)
    case .command(.getHistory): return ask(.readHistory(.assistant), into: &writer)
    case .command(.clearHistory): return ask(.clearHistory(.assistant), into: &writer)
    case .command(.getMetrics): return ask(.readMetrics, into: &writer)
    case .ping:
      write(.pong, into: &writer) { $0.member("timestamp", ChatSocketProtocol.now) }
    case .config(let config): return .configure(config)
    case .connect: return ask(.greet, into: &writer)
    case .unknownCommand(let name): writeUnknownCommand(name, into: &writer)
    }
    return nil
  }

  /// A client that asks without end has few questions under way: what it sends is read faster than the questions end.
  private mutating func ask(_ question: Command, into writer: inout JSONWriter) -> Command? {
    guard openQuestions < ChatSocketProtocol.questionLimit else {
      write(RequestFailure(429, "\(openQuestions) questions of this connection wait already."), into: &writer)
      return nil
    }
    openQuestions += 1
    return question
  }

  /// A question that ``receive(_:into:)`` returned has ended, or is not asked any more.
  mutating func questionDidEnd() { openQuestions -= 1 }

  private mutating func begin(
    _ request: ChatMessageRequest, _ rendering: Rendering, includesContext: Bool,
    into writer: inout JSONWriter
  ) -> Command? {
    guard ownTurns.count < ChatSocketProtocol.waitingTurns else {
      write(RequestFailure(429, "\(ownTurns.count) messages of this connection wait already."), into: &writer)
      return nil
    }
    lastTurn += 1
    ownTurns.append(OwnTurn(number: lastTurn, rendering: rendering, message: request.message))
    if case .assistant = rendering {
      write(.status, into: &writer) { writer in
        writer.member("status", "processing")
        writer.member("message", "The message is being answered.")
      }
    }
    return .beginTurn(request, includesContext: includesContext, number: lastTurn)
  }

  /// A message of ours did not get its turn. The one behind it may have begun before we hear of it.
  mutating func turnDidFail(_ number: Int, _ failure: RequestFailure, into writer: inout JSONWriter) {
    ownTurns.removeAll { $0.number == number }
    write(failure, into: &writer)
  }

  // MARK: What is generated

  /// The socket is open, and has joined its session.
  ///
  /// - Parameter number: the last event that the client has seen, if it says so.
  mutating func open(
    generation: Generation?, after number: Int?, models: [String], into writer: inout JSONWriter
  ) -> Command? {
    let running = writeConnection(generation: generation, models: models, into: &writer)
    if let number, let generation { return follow(generation, after: number) }
    if let running { return follow(running, after: running.log.lastNumber) }
    return nil
  }

  /// A generation of the session begins, ours or another's.
  ///
  /// - Parameter ownTurn: the number of our turn that it belongs to, whose message was taken by that; nil where it is another's.
  mutating func generationDidStart(
    _ generation: Generation, ownTurn: Int?, into writer: inout JSONWriter
  ) -> Command? {
    let own = ownTurns.firstIndex { $0.number == ownTurn }.map { ownTurns.remove(at: $0) }
    let rendering = own?.rendering ?? .stream
    // The time of the message in the history: by it a client finds its own there.
    if let own { write(.messageReceived, own, at: generation.startedAt.iso8601, into: &writer) }
    guard current != nil else { return tell(generation, rendering, after: 0) }
    guard next.count < ChatSocketProtocol.waitingGenerations else {
      return .leave(reason: "the connection does not keep up with the session's answers")
    }
    next.append((generation, rendering))
    return nil
  }

  /// A message of ours waits for its turn. It is not taken yet: where the gateway ends before that, it is lost.
  func turnDoesWait(_ number: Int, into writer: inout JSONWriter) {
    guard let turn = ownTurns.first(where: { $0.number == number }) else { return }
    write(.messageQueued, turn, at: ChatSocketProtocol.now, into: &writer)
  }

  private func write(
    _ type: ServerMessageType, _ turn: OwnTurn, at timestamp: String, into writer: inout JSONWriter
  ) {
    if case .assistant = turn.rendering { return }
    write(type, into: &writer) { writer in
      writer.member("message", turn.message)
      writer.member("timestamp", timestamp)
    }
  }

  /// What was found for a ``Command/resume(_:after:)``.
  mutating func resume(
    _ generation: Generation?, after number: Int, into writer: inout JSONWriter
  ) -> Command? {
    guard let generation else {
      write(RequestFailure(404, "There is no generation to resume."), into: &writer)
      return nil
    }
    write(.resumed, into: &writer) { writer in
      writer.member("generation_id", generation.id)
      writer.member("from", number)
    }
    return follow(generation, after: number)
  }

  /// Tells a generation from an event on, and if it is being told already, from there on again. It has one place among
  /// those that wait, however often it is asked for.
  private mutating func follow(_ generation: Generation, after number: Int) -> Command {
    let place = next.firstIndex { $0.generation === generation }
    let waiting = place.map { next.remove(at: $0) }
    guard let current else { return tell(generation, waiting?.rendering ?? .stream, after: number) }
    if current.encoder.generation === generation { return tell(generation, current.rendering, after: number) }
    guard next.count < ChatSocketProtocol.waitingGenerations else {
      return .leave(reason: "the connection asks for more answers than it reads")
    }
    next.insert((current.encoder.generation, current.rendering), at: 0)
    return tell(generation, waiting?.rendering ?? .stream, after: number)
  }

  private mutating func tell(
    _ generation: Generation, _ rendering: Rendering, after number: Int
  ) -> Command {
    current = (ChatEventEncoder(generation, framing: nil), rendering)
    hasToldEnd = false
    partial =
      rendering == .assistant(streams: true)
      ? generation.log.content(through: number, atMost: ChatSocketProtocol.partialLimit) : nil
    return .follow(generation, after: number)
  }

  /// The first message of the generation that is told now, unless the client has seen its beginning.
  func writeStart(into writer: inout JSONWriter) {
    guard let current, current.rendering == .stream else { return }
    current.encoder.start(into: &writer)
  }

  /// The message for one event of the generation that is told now; none where the client wants it whole.
  mutating func write(_ number: Int, _ event: GenerationEvent, into writer: inout JSONWriter) {
    guard let rendering = current?.rendering else { return }
    if case .end = event { hasToldEnd = true }
    switch (rendering, event) {
    case (.stream, _), (.whole, .queued): current?.encoder.encode(number, event, into: &writer)
    case (.assistant(true), .text(let text)): writeToken(text, into: &writer)
    case (_, .end(let end)):
      if let generation = current?.encoder.generation {
        write(end, of: generation, as: rendering, into: &writer)
      }
    default: break
    }
  }

  /// With the text so far as long as that is short: clients of the assistant dialect show it as it is.
  private mutating func writeToken(_ text: UnsafeRawBufferPointer, into writer: inout JSONWriter) {
    if let told = partial, told.count + text.count > ChatSocketProtocol.partialLimit { partial = nil }
    partial?.append(contentsOf: text)
    write(.stream, into: &writer) { writer in
      writer.member("token", utf8: text)
      partial?.withUnsafeBytes { writer.member("partial", utf8: $0) }
    }
  }

  /// The generation that was told has ended, which a client hears that asked for what follows its last event, too.
  ///
  /// - Returns: to follow the next one, if there is any.
  mutating func generationDidEnd(into writer: inout JSONWriter) -> Command? {
    if let generation = current?.encoder.generation, !hasToldEnd, let end = generation.log.ending {
      write(generation.log.lastNumber, .end(end), into: &writer)
    }
    current = nil
    partial = nil
    guard !next.isEmpty else { return nil }
    let (generation, rendering) = next.removeFirst()
    return tell(generation, rendering, after: 0)
  }
}
