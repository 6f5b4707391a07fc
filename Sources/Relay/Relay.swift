internal import Access
internal import Bytes
internal import Handling
internal import EventLoop
internal import Fleet
internal import HTTPClient
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System
internal import Upstreams

/// One request on its way to Ollama, and the response on its way back. Lives on its worker's loop; its call and its exchange
/// keep it.
final class Relay: UpstreamSink {
  let request: GatewayRequest
  let route: RelayRoute
  let upstreams: UpstreamClient
  /// Whether Ollama may know of the client.
  private let forwardsClient: Bool
  let reader: JSONReader
  /// Where not all models may be used: who knows them.
  var modelSources: ModelSources?
  /// Whether those of the cloud may not.
  var looksForCloud = false
  /// The caller's, where he may not use all.
  var grant: Grant?
  /// Where the caller may be let in no more while the request waits for a server.
  var accessWatch: AccessWatch?
  private var waiting: WaitingWork?
  /// Whether the call has gone to a server.
  private var isSent = false
  /// What the client calls the model, where that stands for another.
  private var calledModel: String?
  /// Names that stand for models here.
  var aliases: ModelAliases?
  /// Where the request goes; the pool chooses if the operator's list and the client do not.
  var destination = RelayEndpoints.Destination.chosen
  /// Of a request whose body names none.
  var model: String?
  /// What is asked for, where that is not what the client has asked for.
  var path: String?
  /// Takes a request with a body of JSON off the relay's hands: one that several servers get.
  var divert: ((_ body: [UInt8], RelayProbe) -> Bool)?
  /// What the response calls the model that it is about, where that is an alias.
  var alias: String?
  /// Told of a response that has come whole and well.
  var onWhole: ((ResponseHead, [UInt8]) -> Void)?
  /// Where it is counted what the model does: by whom.
  var meteringContext: WorkerContext?
  /// What it does, once it was let in.
  private(set) var work: MeteredWork?
  /// The end of a response that is not read.
  private(set) var responseEnd: ResponseEnd?
  private let heartbeats: Heartbeats
  private let queueLines: Heartbeats
  private var call: UpstreamCall?
  private var upload: UploadQueue?
  private(set) var response = Response.none
  /// Where the client has asked for a stream of events, which may begin before Ollama has responded.
  private var expected: EventRelay?
  /// Whether it has asked for one.
  private var wantsEvents = false
  /// Whether a stream is asked for: until it begins the model has said nothing.
  var makesStream = false
  /// Whether the response is coded, so that nobody here can read it.
  private(set) var isCoded = false
  /// Whether the response is a stream that is not read here, and of which nothing is held back.
  private var isForeignStream = false

  /// The response, as far as it has come.
  enum Response {
    case none
    /// Goes out as one piece, if it stays small.
    case collected(ResponseHead, [UInt8])
    /// Goes out as it comes, with no meaning to us.
    case opaque(ResponseStream)
    /// Goes out event by event.
    case events(EventRelay)
  }

  /// A response of up to so many bytes goes out whole, with its length, by one system call.
  private static let wholeResponseLimit = 64 * 1024

  init(
    _ request: GatewayRequest, _ route: RelayRoute, upstreams: UpstreamClient, reader: JSONReader,
    heartbeats: Heartbeats, queueLines: Heartbeats, forwardsClient: Bool
  ) {
    self.request = request
    self.route = route
    self.upstreams = upstreams
    self.reader = reader
    self.heartbeats = heartbeats
    self.queueLines = queueLines
    self.forwardsClient = forwardsClient
  }

  deinit { work?.sourceGoes() }

  var loop: EventLoop { upstreams.loop }

  /// - Parameter probe: what was read of the body.
  func start(_ body: ClientRequest.Body, _ probe: RelayProbe? = nil, at servers: [FleetServerID]? = nil) {
    // The client may have left while its model was looked up.
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    do throws(RequestFailure) {
      work = try meteredWork(probe)
    } catch {
      return fail(error)
    }
    let upstreamRequest = UpstreamRequest(
      request.method, path ?? request.target.upstreamPath,
      fields: RelayFields.toUpstream(
        request, forwardsClient: forwardsClient, isRead: route.work == .inference), body: body,
      contextPlace: upstreams.servers.fitsContext ? probe?.placement?.contextPlace : nil,
      work: route.work, expectsStream: probe?.stream ?? false)
    let call =
      if case .server(let entry) = destination {
        upstreams.start(upstreamRequest, at: entry.server, sink: self)
      } else {
        upstreams.start(upstreamRequest, need(of: body, probe, at: servers), sink: self)
      }
    self.call = call
    if !isSent { watchAccess() }
    if let probe, probe.placement?.isFormatted == true, probe.placement?.thinks == true {
      call.noteUnreliableDurations()
    }
    // Cycles until the request has ended: the call, which owns us, may be over before the response is sent.
    request.exchange.onClientLeft = {
      call.cancel()
      self.endWork(of: call, status: Relay.clientLeft)
      self.stopBeating()
    }
    request.giveUp = { self.giveUp($0) }
  }

  /// What still waits for a server when its caller is let in no more is refused.
  private func watchAccess() {
    guard let accessWatch, waiting == nil, let call, call.server == nil, let principal = request.principal
    else { return }
    let admitted = Admitted(
      principal, by: route.rule, from: request.callerPlace, showing: request.proof)
    waiting = WaitingWork(admitted, in: accessWatch) { [weak self] in self?.giveUp($0) }
  }

  private func need(
    of body: ClientRequest.Body, _ probe: RelayProbe?, at servers: [FleetServerID]?
  ) -> FleetRequest {
    var isWhole = true
    if case .stream = body { isWhole = false }
    let (isStreamed, isRetryable) = (probe?.stream ?? false, isWhole && route.work != .management)
    guard upstreams.servers.areChosen else {
      return FleetRequest(
        .general, isStreamed: isStreamed, isRetryable: isRetryable, allowed: servers, isTold: wantsEvents)
    }
    // Without a model's name there is nothing to choose by.
    let model = probe?.model ?? model
    let kind = model == nil ? .general : route.need
    var need = request.need(
      kind, of: upstreams, model: model, probe?.placement, prompt: probe?.prompt, isStreamed: isStreamed,
      isRetryable: isRetryable)
    need.allowed = servers
    if case .bytes(let bytes) = body, model != nil { need.takeNumber(ofBody: bytes, for: upstreams) }
    need.fitsContext = upstreams.servers.fitsContext && isWhole && probe?.placement?.contextPlace != nil
    need.isTold = wantsEvents
    if case .first = destination { need.prefersListOrder = true }
    return need
  }

  /// Starts with a body of JSON, once it was read for what the gateway must know of it. A large one is read in slices of the
  /// loop's time, between which others are served.
  func start(json body: [UInt8], _ reading: RelayProbe.Reading) {
    guard loop.takesAtOnce(bytes: body.count) else {
      return loop.share { self.read(json: body, reading) }
    }
    read(json: body, reading)
  }

  private func read(json body: [UInt8], _ reading: RelayProbe.Reading) {
    guard !request.exchange.hasEnded, !request.exchange.hasResponse else { return }
    do throws(RequestFailure) {
      guard let probe = try reading.next(body) else {
        return loop.share { self.read(json: body, reading) }
      }
      if route.need == .generation, upstreams.servers.ids.count > 1, let signs = probe.placement {
        probe.prompt = request.prompt(of: body, signs, for: upstreams)
      }
      var body = body
      if let aliases, let model = probe.model.flatMap(aliases.model) {
        calledModel = probe.model
        try probe.replaceModel(in: &body, with: model)
      }
      start(json: body, probe)
    } catch {
      request.fail(error)
    }
  }

  private func start(json body: [UInt8], _ probe: RelayProbe) {
    request.model = probe.model
    if looksForCloud && (probe.namesCloudModel || probe.searchesWeb) {
      return request.fail(.cloudModel)
    }
    guard grant == nil else {
      if probe.namesAnything { return request.fail(.forAllModelsOnly) }
      return checkModels(probe.names) { servers in
        guard !self.request.exchange.hasEnded, !self.request.exchange.hasResponse,
          self.divert?(body, probe) != true
        else { return }
        self.start(checked: body, probe, at: servers)
      }
    }
    if divert?(body, probe) == true { return }
    if let servers = probe.model.flatMap({ modelSources?.knownServers(of: $0) }) {
      return start(checked: body, probe, at: servers)
    }
    checkModels(probe.model.map { [$0] } ?? []) { self.start(checked: body, probe, at: $0) }
  }

  private func start(checked body: [UInt8], _ probe: RelayProbe, at servers: [FleetServerID]?) {
    if probe.asksForStream { expectEvents() }
    start(.bytes(body), probe, at: servers)
    if probe.stream { expectLines(of: probe.model) }
  }

  /// Starts what has no body: what it is about is in its path.
  func startWithoutBody() {
    guard grant != nil, let model else { return start(.none) }
    calledModel = request.parameter
    checkModels([model]) { _ in self.start(.none) }
  }

  /// Goes on if the models may be used.
  func checkModels(_ models: [String], then goOn: @escaping ([FleetServerID]?) -> Void) {
    guard let modelSources, !models.isEmpty else { return goOn(nil) }
    modelSources.check(models, for: grant, looksForCloud: looksForCloud) {
      [request, route, calledModel] outcome in
      let refusal: ModelRefusal
      switch outcome {
      case .success(let servers): return goOn(servers)
      case .failure(let why): refusal = why
      }
      guard !request.exchange.hasEnded, !request.exchange.hasResponse else { return }
      if case .notAllowed(let model) = refusal {
        let name = calledModel ?? model
        return request.fail(route.need == .question ? .unknownModel(name) : .notAllowed(name))
      }
      if let trouble = refusal.trouble {
        request.note(trouble.server)
        request.upstreamFailure = trouble.reason
      }
      request.fail(refusal.requestFailure)
    }
  }

  /// Lines have no comments, which say nothing.
  private func expectEvents() {
    wantsEvents = route.stream?.framing == .sse
    if heartbeats.interval != nil { expectEventsSoon() }
  }

  private func expectEventsSoon() {
    guard wantsEvents, expected == nil, let kind = route.stream, !request.isClientGone,
      !request.exchange.hasResponse
    else { return }
    expected = EventRelay(request, kind: kind, reader: reader, heartbeats: heartbeats)
  }

  /// Where the operator wants it, lines without text are said while the request waits for a server.
  private func expectLines(of model: String?) {
    guard queueLines.interval != nil, route.stream == .generation, call?.server == nil, let model,
      !request.isClientGone, !request.exchange.hasResponse
    else { return }
    let isChat = request.target.upstreamPath.utf8.starts(with: "/api/chat".utf8)
    expected = EventRelay(
      request, kind: .generation, reader: reader, heartbeats: queueLines,
      beat: OllamaLine.withoutText(model: model, isChat: isChat))
  }

  private func stopBeating() {
    expected?.stopBeating()
    expected = nil
  }

  /// Starts with a body that is passed on while it comes.
  func start(_ upload: UploadQueue) {
    self.upload = upload
    start(.stream(length: request.exchange.request.contentLength))
    upload.call = call
    request.exchange.streamBody(to: upload)
  }

  // MARK: Ollama's response

  func call(_ call: UpstreamCall, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    upload?.take(into: buffer) ?? .end
  }

  func call(_ call: UpstreamCall, isSentTo server: UpstreamServer) {
    waiting = nil
    isSent = true
    request.note(server, call.placement)
    work?.isSent(by: self)
    expected?.endWait()
  }

  func call(_ call: UpstreamCall, stands standing: FleetStanding) {
    request.noteWait()
    watchAccess()
    expectEventsSoon()
    expected?.tell(standing)
  }

  func call(_ call: UpstreamCall, isTroubledBy reason: String) { request.upstreamFailure = reason }

  func call(_ call: UpstreamCall, didReceive head: ResponseHead) {
    let framing = head.fields.withFirst("content-type") { StreamFraming(contentType: $0.value) }
    isCoded = !RelayFields.isPlain(head)
    let isReadable = head.status == 200 && !isCoded
    if let framing, let kind = route.stream, kind.framing == framing, isReadable {
      let events = expected ?? EventRelay(request, kind: kind, reader: reader)
      events.begin(head)
      if framing == .sse, events.hasBegun, let comment = request.placement?.comment { events.say(comment) }
      response = .events(events)
    } else {
      // What has not begun has a status of its own.
      if expected?.hasBegun == false { stopBeating() }
      isForeignStream = framing != nil && head.status < 400
      response = .collected(head, [])
      // Has no content: what Ollama sends as such, perhaps without an end, is nobody's. Nor is what is no stream, and no error
      // that says why, where a stream has begun.
      if head.status == 205 || expected != nil && head.status < 400 { end(call) }
    }
  }

  func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    switch response {
    case .none: return .proceed
    case .collected(let head, var collected):
      // The one reference is `collected`, so that it grows in place.
      response = .none
      collected.append(contentsOf: bytes)
      guard isForeignStream || collected.count > Relay.wholeResponseLimit else {
        response = .collected(head, collected)
        return .proceed
      }
      // Of an error that gets other words no more is looked at.
      if expected != nil || Relay.isPlainError(head) {
        response = .collected(head, Array(collected.prefix(Relay.wholeResponseLimit)))
        end(call)
        return .proceed
      }
      return demand(of: startOpaque(head, collected), call)
    case .opaque(let stream):
      stream.write(bytes)
      responseEnd?.append(bytes)
      return demand(of: stream, call)
    case .events(let events):
      return demand(of: events.pass(bytes), call)
    }
  }

  /// What has come of the response is all of it that counts.
  private func end(_ call: UpstreamCall) {
    call.finish()
    callDidEnd(call, failure: nil)
  }

  func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?) {
    waiting = nil
    upload?.close()
    readUsage()
    endWork(of: call, failure)
    switch (response, failure) {
    case (.none, let failure?): fail(RequestFailure(failure, model: request.model))
    case (.none, nil): fail(RequestFailure(502, "Ollama gave no answer"))
    case (.collected(let head, let bytes), nil): respond(head, bytes, call)
    case (.collected, let failure?): fail(RequestFailure(failure))
    case (.opaque(let stream), nil): stream.finish()
    case (.opaque(let stream), _): stream.fail()
    case (.events(let events), let failure):
      if let trouble = events.end(failure) { call.note(trouble) }
    }
    response = .none
    if let usage = request.usage { call.note(usage) }
    if route.changesModels { upstreams.pool.modelsMayHaveChanged() }
    stopBeating()
  }

  /// What a response in one piece has cost.
  private func readUsage() {
    guard case .collected(let head, let content) = response, head.status == 200, let kind = route.stream,
      expected == nil, request.method != "HEAD"
    else { return }
    request.usage = content.withUnsafeBytes { TokenUsage(ofResponse: $0, kind: kind, reader: reader) }
  }

  /// With a status of its own, unless the response has begun.
  private func fail(_ failure: RequestFailure) {
    if let expected { expected.fail(failure) } else { request.fail(failure) }
  }

  private func giveUp(_ failure: RequestFailure) {
    call?.cancel()
    endWork(of: call, status: failure.status)
    switch response {
    case .none, .collected:
      if expected?.hasBegun == true || !request.exchange.hasResponse { fail(failure) }
    case .opaque(let stream): stream.fail()
    case .events(let events): events.fail(failure)
    }
    stopBeating()
  }

  /// Pauses the call while the client reads too slowly.
  private func demand(of stream: ResponseStream?, _ call: UpstreamCall) -> TransferDemand {
    guard let stream, stream.isFull else { return .proceed }
    stream.onRoom = { call.resume() }
    return .pause
  }

  private func startOpaque(_ head: ResponseHead, _ first: [UInt8]) -> ResponseStream {
    let stream = ResponseStream()
    stream.write(first)
    if work != nil { responseEnd = ResponseEnd(first) }
    request.respond(
      ServerResponse(
        status: head.status, fields: RelayFields.toClient(head, isStream: isForeignStream),
        body: .stream(stream, length: head.contentLength)))
    response = .opaque(stream)
    return stream
  }

  private func respond(_ head: ResponseHead, _ content: [UInt8], _ call: UpstreamCall) {
    if let expected { return expected.fail(refusal(head, content)) }
    if request.method == "HEAD" || head.status == 304 {
      return request.respond(
        ServerResponse(
          status: head.status, fields: RelayFields.toClient(head), body: .head(length: head.contentLength)))
    }
    if Relay.isPlainError(head) {
      let fields = RelayFields.toClient(head, isRewritten: true)
      request.ollamaTime = loop.now - call.startTime
      return request.fail(
        RequestFailure(head.status, Relay.explain(head.status, content), headerFields: Array(fields)))
    }
    if head.status == 200 { onWhole?(head, content) }
    let content = alias.flatMap { renamed(head, content, $0) } ?? content
    request.ollamaTime = loop.now - call.startTime
    request.respond(
      ServerResponse(status: head.status, fields: RelayFields.toClient(head), body: .bytes(content)))
  }
}
