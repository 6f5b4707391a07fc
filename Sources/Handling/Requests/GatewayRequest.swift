package import Access
package import Accounts
package import Budgets
internal import HTTPClient
package import HTTPFields
package import HTTPServer
package import JSON
package import OllamaAPI
package import Telemetry
package import Upstreams

/// A request on its way through the gateway: the exchange, and what the gateway knows of it. Lives on its worker's
/// loop.
package final class GatewayRequest {
  /// The request as the server has it, and the way to its response.
  package let exchange: ServerExchange
  /// `X-Request-Id`: a trusted proxy's, or a new one.
  package let id: RequestID
  /// By which name its client knows it: `X-Client-Request-Id`, or an `X-Request-Id` that is not believed.
  package let clientRequestID: String?
  /// The client's trace with a span of the gateway's, or a new one.
  package let trace: TraceContext
  /// Who is at the other end of the connection.
  package let peer: ConnectionPeer
  /// What a trusted proxy says of the request; nil when it does not come from one.
  package let forwarded: ForwardedRequest?
  /// What its path means.
  package let target: RequestTarget
  /// Who asks, once it was found out: see ``principal(by:_:)``.
  package var principal: Principal?
  /// By what it has shown that.
  package var proof = Proof.none
  /// Why what it has shown does not count, where that may be: see ``RouteRule/known``.
  package var unbelieved: KeyFault?
  /// What its key, or having signed in, gives it; nil where it shows neither.
  package var grant: Grant? { principal?.grant }
  /// What its client holds for it: a connection, where it came through a proxy.
  package var connectionHold: ClientHold?
  /// Its place among the WebSockets, once it has shaken hands for one.
  package var webSocketPlace: TablePlace?
  /// The same among those that whoever it comes from may have.
  package var limitedPlace: PlaceHold?
  /// What its work has taken, where that is counted: the response tells how limits stood when it was let in.
  package var reservation: Reservation?
  /// While Ollama's models may change by it.
  package var modelChange: ModelChanges.Change?
  /// Whether the client has as many requests under way as one may.
  package var isOverShare = false
  /// Its place among its worker's requests, while it is one of them.
  package var place: Int?
  /// The fields that let a page of another origin read the response.
  package var corsFields: [CORS.Header] = []

  /// Bytes of a path that are logged.
  private static let loggedPath = 200

  // For the log.
  /// ``Route/number``.
  package var route = RouteNumbers.unknown
  /// As the client has named it, or what that name stands for; nil until its body was read, and where it names none.
  package var model: String?
  /// The server that its call went to, by its name or URL.
  package var upstream: String?
  /// How its call came there.
  package private(set) var placement: UpstreamPlacement?
  /// What Ollama has taken for the response, where that was in one piece.
  package var ollamaTime: Duration?
  /// What went wrong with Ollama.
  package var upstreamFailure: String?
  /// What a generation that was relayed has cost, and whether it came as a stream.
  package var usage: TokenUsage?
  /// Whether ``usage`` is that of a stream.
  package var isTokenStream = false

  /// The gateway is going down: a connection that waits for nothing should end.
  package var drain: (() -> Void)?
  /// Ends the work for this request at once, with an error in the response: the drain time is over.
  package var giveUp: ((RequestFailure) -> Void)?

  /// See the properties.
  package init(
    _ exchange: ServerExchange, id: RequestID, trace: TraceContext, peer: ConnectionPeer,
    forwarded: ForwardedRequest?, target: RequestTarget
  ) {
    self.exchange = exchange
    self.id = id
    clientRequestID = GatewayRequest.clientRequestID(exchange.request.fields, isBelieved: forwarded != nil)
    self.trace = trace
    self.peer = peer
    self.forwarded = forwarded
    self.target = target
  }

  /// The client's own id for the request, if it is fit for a log. What a trusted proxy says in `X-Request-Id` is the request's.
  private static func clientRequestID(_ fields: FieldSection, isBelieved: Bool) -> String? {
    let named = fields.first("x-client-request-id") ?? (isBelieved ? nil : fields.first("x-request-id"))
    return named.flatMap { RequestID.isAcceptable($0) ? $0 : nil }
  }

  /// As the client has sent it.
  package var method: String { exchange.request.method }

  /// The value of its route's parameter; empty where it has none.
  package var parameter: String { target.match?.parameter ?? "" }

  /// The form that errors of this request have.
  package var errorFormat: ErrorFormat { target.errorFormat }

  /// Whether nobody waits for the response any more.
  package var isClientGone: Bool { exchange.hasEnded || exchange.wasCutOff || exchange.isRefused }

  /// - Throws: 415 for a body that says it is something else. One that says nothing is taken for JSON.
  package func requireJSON() throws(RequestFailure) {
    guard let type = exchange.request.first("content-type"), !type.hasMediaType("application/json") else {
      return
    }
    throw RequestFailure(415, "This path takes application/json.")
  }

  /// The path of one that found nothing, and for which there is no route: never that of a thing that is missing.
  package var missingPath: String? {
    guard exchange.status == 404, target.match == nil else { return nil }
    let path = String(
      decoding: exchange.request.escapedPath.utf8.prefix(GatewayRequest.loggedPath), as: UTF8.self)
    return KeyRedaction.path(path)
  }

  /// Its call goes to this server; the last is what counts.
  package func note(_ server: UpstreamServer, _ placement: UpstreamPlacement? = nil) {
    // What was wrong with another is in a warning, and no part of what came of this one.
    if let upstream, !upstream.utf8.elementsEqual(server.description.utf8) { upstreamFailure = nil }
    upstream = server.description
    self.placement = placement
  }

  /// Its call waits for a server again: the one that it was sent to is not where its response comes from.
  package func noteWait() { placement = nil }

  /// Responds with a JSON document.
  package func respond(_ status: Int = 200, fields: FieldSection = [], json: (inout JSONWriter) -> Void) {
    var writer = JSONWriter(reservingCapacity: 512)
    json(&writer)
    var fields = fields
    fields.append("Content-Type", "application/json")
    respond(ServerResponse(status: status, fields: fields, body: .bytes(writer.take())))
  }

  /// Responds; adds what every response carries.
  package func respond(_ response: consuming ServerResponse) {
    complete(&response)
    exchange.respond(response)
  }

  /// Ends the work by the handler's own means, or with an error in its stead.
  package func giveUp(with failure: RequestFailure) {
    // What still comes of it may be too late.
    exchange.dropsLaterResponses = true
    if let giveUp {
      self.giveUp = nil
      giveUp(failure)
    } else if !exchange.hasResponse {
      fail(failure)
    }
  }

  /// It is over: gives back what it holds.
  package func release() {
    giveUp = nil
    drain = nil
    connectionHold = nil
    modelChange = nil
    webSocketPlace = nil
    limitedPlace = nil
  }

  /// Responds with an error in the form of the API that was asked for.
  package func fail(_ failure: RequestFailure) {
    respond(response(for: failure))
  }

  /// The response for what the server refuses; it is not sent here.
  ///
  /// - Parameter retryAfter: see ``RequestFailure``.
  package func response(to refusal: ServerRefusal, retryAfter: Int? = nil) -> ServerResponse {
    var response = response(for: RequestFailure(refusal, retryAfter: retryAfter))
    complete(&response)
    return response
  }

  private func response(for failure: RequestFailure) -> ServerResponse {
    var writer = JSONWriter(reservingCapacity: 512)
    let report = report(failure)
    errorFormat.encode(report, into: &writer)
    var fields: FieldSection = [("Content-Type", errorFormat.contentType)]
    // Of an error in the gateway's words the id is the gateway's, in the body as well.
    fields.append(
      contentsOf: failure.headerFields.filter {
        errorFormat != .anthropic || !$0.name.isFieldName("request-id")
      })
    if let delay = failure.retryAfterMilliseconds { fields.append("retry-after-ms", "\(delay)") }
    return ServerResponse(
      status: report.status(in: errorFormat), fields: fields, body: .bytes(writer.take()))
  }

  /// A failure of this request as the error formats take it; its path is the client's own, but for a key in it.
  package func report(_ failure: RequestFailure) -> ErrorReport {
    failure.report(path: target.base + KeyRedaction.path(target.path), requestID: id.description)
  }

  /// Its fields grow in place where nobody else has them.
  private func complete(_ response: inout ServerResponse) {
    id.withText { response.fields.append("X-Request-Id", $0) }
    if let clientRequestID { response.fields.append("X-Client-Request-Id", clientRequestID) }
    // By this name Anthropic's clients look for it.
    if errorFormat == .anthropic, !response.fields.contains("request-id") {
      id.withText { response.fields.append("request-id", $0) }
    }
    placement?.append(to: &response.fields)
    ServerTiming(ollama: ollamaTime, placement, load: usage?.durations.map { .nanoseconds($0.load) })
      .append(to: &response.fields)
    if reservation != nil { appendStandings(to: &response.fields) }
    response.fields.append(contentsOf: corsFields)
  }
}
