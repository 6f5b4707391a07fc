internal import Handling
internal import Configuration
internal import Budgets
internal import Access
internal import EventLoop
internal import Fleet
internal import HTTPClient
internal import HTTPFields
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import System
internal import Upstreams

/// Makes one generation: asks Ollama's `/api/chat`, and appends what it says to the generation's event log. Lives on
/// the loop of the worker where it was started; its call keeps it.
final class GenerationRunner: UpstreamSink, MeteredSource {
  private let turn: Turn
  /// Among all turns: given back with the runner, which is the generation's as long as it runs.
  private var place: TablePlace?
  /// What the model does, where that is counted.
  private let work: MeteredWork?
  /// Lines of Ollama's with text: a token each.
  var generatedTokens: Int? { tokenCount }
  private var tokenCount = 0
  private let registry: SessionRegistry
  private let reader: JSONReader
  private let metrics: WorkerMetrics
  /// Told the server that makes the generation, and how it came there, for the log and the client.
  var onUpstream: ((UpstreamServer, UpstreamPlacement?) -> Void)?
  /// Told why Ollama failed, for the log.
  var onUpstreamFailure: ((String) -> Void)?
  /// The route by which the turn came.
  private let route: Int
  /// Where the models of the cloud may not be used: who knows them.
  private let modelSources: ModelSources?
  private let loop: EventLoop
  private let upstreams: UpstreamClient
  private var admitted: Admitted
  private let doorkeeper: Doorkeeper
  private let accessWatch: AccessWatch
  private var waiting: WaitingWork?
  private let startTime: MonotonicTime
  private var firstToken: MonotonicTime?
  private let splitter = LineSplitter()
  /// Until its end.
  private var call: UpstreamCall?
  private var hasFinished = false
  private var waitLimit: Duration?
  /// Whether listeners think that it waits for a server.
  private var hasToldWait = false
  /// Set from Ollama's last line to the end of its response.
  private var lastLineTimer: LoopTimer?
  /// How long Ollama may take to end its response after its last line.
  private let responseEnd: Duration
  /// Of a response that is not a stream: an error.
  private var errorStatus: Int?
  private var retryAfter: Int?
  private var errorContent: [UInt8] = []
  /// The request, where it has images, until its response comes: it may be sent once more.
  private var content: ChatRequest?
  /// What is left to be sent of it.
  private var body: ChatRequestBody?

  /// Bytes of an error response that are read.
  private static let errorLimit = 64 * 1024

  init(
    turn: Turn, for admitted: Admitted, route: Int, place: TablePlace, work: MeteredWork?,
    in context: WorkerContext
  ) {
    self.turn = turn
    self.work = work
    self.admitted = admitted
    doorkeeper = context.doorkeeper
    accessWatch = context.accessWatch
    self.place = place
    self.route = route
    registry = context.services.registry
    reader = context.reader
    metrics = context.metrics
    modelSources = context.settings.configuration.allowCloudModels ? nil : context.modelSources
    loop = context.loop
    upstreams = context.upstreams
    responseEnd = context.services.intervals.responseEnd
    startTime = loop.now
  }

  deinit { work?.sourceGoes() }

  /// Starts. `message` holds the turn's system prompt and options, `trace` the fields of its trace.
  ///
  /// - Parameter waitLimit: how long it may wait for a server; nil for as long as the settings say.
  func start(_ message: ChatMessageRequest, trace: FieldSection, waitLimit: Duration? = nil) {
    self.waitLimit = waitLimit
    var fields = trace
    fields.append("Content-Type", "application/json")
    let content = GenerationRunner.request(of: turn, message)
    let bound = LoopBound(self, to: loop)
    // Dropped when the generation ends.
    turn.generation.onStop(on: loop) { reason in bound.value.stop(reason) }
    do throws(RequestFailure) {
      // The turn may have waited for others of its session.
      try doorkeeper.admitAgain(&admitted)
    } catch {
      return finish(failure(error))
    }
    guard let modelSources else { return send(content, fields, at: nil) }
    modelSources.check(turn.generation.model) { [fields] outcome in
      switch outcome {
      case .success(let servers): self.send(content, fields, at: servers)
      case .failure(let refusal): self.refuse(refusal)
      }
    }
  }

  private func refuse(_ refusal: ModelRefusal) {
    if let trouble = refusal.trouble {
      onUpstream?(trouble.server, nil)
      onUpstreamFailure?(trouble.reason)
    }
    finish(failure(refusal.requestFailure))
  }

  /// - Parameter servers: those that it may go to; nil for all.
  private func send(_ content: ChatRequest, _ fields: FieldSection, at servers: [FleetServerID]?) {
    guard !hasFinished else { return }
    if let work { extend(work) }
    let (body, count) = body(of: content)
    func request(contextPlace: Range<Int>? = nil) -> UpstreamRequest {
      UpstreamRequest(
        "POST", "/api/chat", fields: fields, body: body, beginsAnew: true, contextPlace: contextPlace,
        work: .inference, expectsStream: true)
    }
    guard upstreams.servers.areChosen else {
      call = upstreams.start(request(), FleetRequest(.general, isStreamed: true), sink: self)
      return watchAccess()
    }
    let signs = PlacementSigns(content, bytes: count)
    var need = need(signs, at: servers)
    // With images there is no body yet: a turn of another session is another prompt.
    if case .bytes(let bytes) = body {
      need.takeNumber(ofBody: bytes, for: upstreams)
    } else {
      need.promptHash = need.conversation ?? 0
    }
    var contextPlace: Range<Int>?
    if upstreams.servers.fitsContext, signs.contextLength != nil, case .bytes(let bytes) = body {
      contextPlace = bytes.withUnsafeBytes { PlacementSigns.contextPlace(in: $0) }
      need.fitsContext = contextPlace != nil
    }
    let call = upstreams.start(request(contextPlace: contextPlace), need, sink: self)
    if signs.isFormatted && signs.thinks { call.noteUnreliableDurations() }
    self.call = call
    watchAccess()
  }

  /// What the request says, and how many bytes that is. With images it is written while it goes out.
  private func body(of content: ChatRequest) -> (body: ClientRequest.Body, count: Int) {
    guard turn.images.isEmpty else {
      self.content = content
      let count = ChatRequestBody(content).count
      return (.stream(length: count), count)
    }
    var writer = JSONWriter(reservingCapacity: 1024)
    content.encode(into: &writer)
    let count = writer.bytes.count
    return (.bytes(writer.take()), count)
  }

  /// What still waits for a server when its caller is let in no more is refused.
  private func watchAccess() {
    guard waiting == nil, admitted.principal.grant != nil, let call, call.server == nil else { return }
    waiting = WaitingWork(admitted, in: accessWatch) { [weak self] in self?.breakOff($0) }
  }

  private func need(_ signs: PlacementSigns, at servers: [FleetServerID]?) -> FleetRequest {
    let model = upstreams.canonicalName(turn.generation.model)
    var hasher = Hasher()
    hasher.combine(turn.sessionID)
    hasher.combine(model)
    var need = FleetRequest(
      .generation, model: model, conversation: UInt64(bitPattern: Int64(hasher.finalize())), isStreamed: true,
      isRetryable: true, allowed: servers, waitLimit: waitLimit, isTold: true)
    need.take(signs)
    need.take(admitted)
    return need
  }

  private static func request(of turn: Turn, _ message: ChatMessageRequest) -> ChatRequest {
    let messages = (turn.context + [turn.message]).map { message in
      ChatMessage(
        role: message.isFromUser ? .user : .assistant, content: message.content,
        images: (turn.images[message.number] ?? []).map(\.bytes))
    }
    return ChatRequest(
      model: turn.generation.model, system: message.system,
      messages: messages, options: message.options, think: message.think, format: message.format)
  }

  private func stop(_ reason: StopReason) {
    call?.cancel()
    switch reason {
    case .draining: finish(failure(.shuttingDown))
    case .notStored: finish(failure(.store))
    default: finish(.cancelled)
    }
  }

  func call(_ call: UpstreamCall, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    guard let count = body?.write(into: buffer), count > 0 else { return .end }
    if body?.written == body?.count { body = nil }
    return .bytes(count)
  }

  // MARK: Ollama's response

  func call(_ call: UpstreamCall, isSentTo server: UpstreamServer) {
    waiting = nil
    onUpstream?(server, call.placement)
    work?.isSent(by: self)
    if let content { body = ChatRequestBody(content) }
    guard hasToldWait else { return }
    hasToldWait = false
    turn.generation.log.stand(nil)
  }

  func call(_ call: UpstreamCall, stands standing: FleetStanding) {
    hasToldWait = true
    watchAccess()
    turn.generation.log.stand(
      GenerationWait(
        position: standing.position, seconds: standing.seconds,
        reason: standing.reason == .loading ? .loading : .busy,
        server: standing.loading.flatMap(call.name(of:))))
  }

  func call(_ call: UpstreamCall, isTroubledBy reason: String) { onUpstreamFailure?(reason) }

  func call(_ call: UpstreamCall, didReceive head: ResponseHead) {
    content = nil
    if head.status != 200 { (errorStatus, retryAfter) = (head.status, head.retryAfter) }
  }

  func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    if errorStatus != nil {
      errorContent.append(contentsOf: bytes.prefix(GenerationRunner.errorLimit - errorContent.count))
      return .proceed
    }
    do throws(LineSplitter.LineTooLongError) {
      var rest = bytes
      while !hasFinished, let line = try splitter.next(&rest) { take(line, of: call) }
    } catch {
      call.note(.lineTooLong(error.maximum))
      breakOff(RequestFailure(502, "Ollama sent a line of more than \(error.maximum) bytes."))
    }
    return .proceed
  }

  func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?) {
    self.call = nil
    lastLineTimer?.cancel()
    lastLineTimer = nil
    if let failure { return finish(self.failure(RequestFailure(failure, model: turn.generation.model))) }
    if let errorStatus { return finish(self.failure(refusal(errorStatus))) }
    if let line = splitter.finish(), !hasFinished { take(line, of: call) }
    guard !hasFinished else { return }
    call.note(.endedEarly)
    finish(self.failure(RequestFailure(502, "Ollama ended its answer early.")))
  }

  private func take(_ line: UnsafeRawBufferPointer, of call: UpstreamCall) {
    let log = turn.generation.log
    var (thought, said) = (EventLog.Appended.ended, EventLog.Appended.ended)
    do throws(ResponseError) {
      let chunk = try ChatChunk.decode(
        line, reader: reader, thinking: { thought = log.append($0, as: .thinking) },
        content: { said = log.append($0) })
      if case .outOfMemory(let refusal) = thought { return breakOff(RequestFailure(refusal)) }
      if case .outOfMemory(let refusal) = said { return breakOff(RequestFailure(refusal)) }
      if thought == .full || said == .full {
        return breakOff(RequestFailure(502, "The answer is longer than the gateway keeps."))
      }
      switch chunk {
      case .text:
        if firstToken == nil { firstToken = loop.now }
        tokenCount &+= 1
      case .end(let end):
        metrics.noteGeneration(
          model: turn.generation.model, route: route, usage: end.usage, start: startTime,
          firstToken: firstToken, end: loop.now)
        call.note(end.usage)
        endWork(.counted(end.usage), status: 200)
        let usage = GenerationUsage(
          promptTokens: end.usage.promptTokens, completionTokens: end.usage.completionTokens,
          timeToFirstToken: firstToken.map { $0 - startTime }, duration: loop.now - startTime)
        finish(.completed(doneReason: end.doneReason, usage: usage))
        boundRestOfResponse()
      case .failure(let message):
        call.note(.errorInContent)
        breakOff(RequestFailure(502, "Ollama: \(message)"))
      }
    } catch {
      call.note(.nonsense)
      breakOff(RequestFailure(502, "What Ollama answered makes no sense: \(error)"))
    }
  }

  /// A response ends right behind its last line, and its connection can be used again. One that does not end would hold its
  /// connection, and a place at the server, for as long as Ollama likes.
  private func boundRestOfResponse() {
    guard let call else { return }
    let timer = loop.makeTimer { [weak call] in
      call?.note(.endless)
      call?.finish()
    }
    timer.schedule(after: responseEnd)
    lastLineTimer = timer
  }

  /// Ollama's own 4xx pass through with their message, and so does that it is busy.
  private func refusal(_ status: Int) -> RequestFailure {
    let message = errorContent.withUnsafeBytes { bytes in
      try? reader.withDocument(bytes) { root in root["error"]?.string }
    }
    let detail = (message ?? nil) ?? "Ollama answered with status \(status)."
    return RequestFailure((400..<500).contains(status) || status == 503 ? status : 502, detail)
  }

  private func failure(_ failure: RequestFailure) -> GenerationOutcome {
    .failed(code: failure.generationCode, message: failure.detail, retryAfter: retryAfter)
  }

  private func breakOff(_ failure: RequestFailure) {
    call?.cancel()
    finish(self.failure(failure))
  }

  private func finish(_ outcome: GenerationOutcome) {
    guard !hasFinished else { return }
    hasFinished = true
    waiting = nil
    onUpstream = nil
    onUpstreamFailure = nil
    endWork(outcome)
    // Before the client hears of the end, after which it may begin the next.
    place = nil
    body = nil
    content = nil
    let (registry, turn) = (registry, turn)
    Task { await registry.finishTurn(turn, outcome) }
  }
}

// What the model does for the client, where that is counted.
extension GenerationRunner {
  /// Of an answer that is not whole: where it has failed before its first token, the model has done nothing.
  private func endWork(_ outcome: GenerationOutcome) {
    guard work != nil else { return }
    switch outcome {
    case .failed(let code, let message, _):
      let status = RequestFailure(generationCode: code, message: message).status
      endWork(tokenCount == 0 ? .nothing : .estimated(tokens: tokenCount), status: status)
    case .completed: endWork(.estimated(tokens: tokenCount), status: 200)
    case .cancelled, .interrupted: endWork(.estimated(tokens: tokenCount), status: 499)
    }
  }

  /// By the earlier messages that go along.
  private func extend(_ work: MeteredWork) {
    let images = turn.images.reduce(0) { $0 + ($1.key == turn.message.number ? 0 : $1.value.count) }
    work.extend(textBytes: turn.context.reduce(0) { $0 + $1.content.utf8.count }, images: images)
  }

  private func endWork(_ outcome: WorkOutcome, status: Int) {
    guard let work else { return }
    if let call {
      work.waited = call.waited
      if work.isLogged { work.server = call.server?.description }
    }
    work.sentBytes = turn.generation.log.textBytes + turn.generation.log.thinkingBytes
    work.end(outcome, status: status)
  }
}
