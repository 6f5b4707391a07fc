internal import EventLoop
internal import Budgets
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Upstreams

/// One request to several servers, each of which responds in one piece: to delete, copy or unload a model, or to fetch one without
/// telling how far it is. Lives on its worker's loop; its request's exchange keeps it.
final class ServerOrders {
  private let request: GatewayRequest
  private let upstreams: UpstreamClient
  private let reader: JSONReader
  private let entries: [UpstreamServers.Entry]
  private var results: OrderResults
  private var responses: [UpstreamResponse?]
  private var calls: [UpstreamCall] = []
  /// Among the orders to several servers, while it is under way.
  private var order: TablePlace?
  private var watch: OrderWatch?

  /// Bytes of a response that are read; those of orders are far shorter.
  private static let limit = 64 * 1024

  init(
    _ request: GatewayRequest, at entries: [UpstreamServers.Entry], by upstreams: UpstreamClient,
    reader: JSONReader, absence: OrderResults.Absence, among orders: TablePlace
  ) {
    order = orders
    self.request = request
    self.entries = entries
    self.upstreams = upstreams
    self.reader = reader
    results = OrderResults(entries.map(\.name), absence: absence)
    responses = Array(repeating: nil, count: entries.count)
  }

  func start(_ order: UpstreamRequest, _ patience: OrderPatience) {
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    for (place, entry) in entries.enumerated() {
      calls.append(
        upstreams.collect(order, at: entry.server, limit: ServerOrders.limit) { [weak self] outcome in
          self?.take(outcome, place)
        })
    }
    watch = OrderWatch(entries, by: upstreams, patience) { [weak self] place, reason in
      self?.giveUp(place, reason)
    }
    // These keep it until the request has ended.
    request.exchange.onClientLeft = { self.cancel() }
    request.giveUp = { failure in
      self.cancel()
      if !self.request.exchange.hasResponse { self.request.fail(failure) }
    }
  }

  private func cancel() {
    for call in calls { call.cancel() }
    close()
  }

  private func close() {
    calls = []
    order = nil
    watch = nil
    upstreams.pool.modelsMayHaveChanged()
  }

  /// A server is waited for no longer.
  private func giveUp(_ place: Int, _ reason: String) {
    guard calls.indices.contains(place) else { return }
    calls[place].cancel()
    results.take(504, reason, of: place)
    conclude()
  }

  private func take(_ outcome: Result<UpstreamResponse, UpstreamFailure>, _ place: Int) {
    watch?.rest(place)
    switch outcome {
    case .success(let response):
      responses[place] = response
      let message = response.content.withUnsafeBytes { ErrorReport.message(in: $0, reader: reader) }
      let status = response.head.status
      results.take(status, message ?? "it responded with status \(status)", of: place)
    case .failure(let failure):
      let failure = RequestFailure(failure)
      results.take(failure.status, failure.detail, of: place)
    }
    conclude()
  }

  private func conclude() {
    guard let verdict = results.verdict else { return }
    close()
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    respond(verdict)
  }

  private func respond(_ verdict: OrderResults.Verdict) {
    switch verdict {
    case .failure(let status, let text):
      request.noteFailedOrder(results.failed.map { entries[$0] }, of: entries.count)
      request.fail(RequestFailure(status, text, retryAfter: nil))
    case .response(let place):
      guard let response = responses[place] else { return }
      request.respond(
        ServerResponse(
          status: response.head.status, fields: RelayFields.toClient(response.head),
          body: request.method == "HEAD"
            ? .head(length: response.head.contentLength) : .bytes(response.content)))
    }
  }
}
