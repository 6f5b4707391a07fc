internal import Access
internal import EventLoop
internal import Handling
internal import HTTPClient
internal import HTTPFields
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

// What several servers have, as one.
extension RelayEndpoints {
  /// Whether a list is another one than the only server's.
  func isMerged(_ list: ModelList) -> Bool {
    context.upstreams.servers.entries.count > 1 || list != .loaded && !context.settings.aliases.names.isEmpty
  }

  /// Responds with the list of all servers.
  func respond(_ list: ModelList, to request: GatewayRequest) {
    follow(
      context.lists.fetch(list, for: .read) { outcome in
        guard case .document(let document) = outcome, let grant = request.grant, grant.restrictsModels else {
          return self.respond(outcome, to: request)
        }
        self.respond(document, of: list, as: grant, to: request)
      }, for: request)
  }

  /// Responds with the lowest version of the servers.
  func respondWithVersion(to request: GatewayRequest) {
    follow(context.lists.fetchVersion(for: .read) { self.respond($0, to: request) }, for: request)
  }

  private func follow(_ fetch: ListFetch.Share, for request: GatewayRequest) {
    guard !request.exchange.hasResponse else { return }
    // These keep it until the request has ended.
    request.exchange.onClientLeft = { fetch.cancel() }
    request.giveUp = { failure in
      fetch.cancel()
      if !request.exchange.hasResponse { request.fail(failure) }
    }
  }

  /// With the models alone that a caller may use.
  private func respond(
    _ document: MergedDocument, of list: ModelList, as grant: Grant, to request: GatewayRequest
  ) {
    context.modelSources.visibility(for: grant) { [self] found in
      guard !request.isClientGone, !request.exchange.hasResponse else { return }
      let visibility: ModelVisibility
      switch found {
      case .success(let known): visibility = known
      case .failure(let refusal): return request.fail(refusal.requestFailure)
      }
      let aliases = context.settings.aliases
      let step = {
        guard !request.isClientGone, !request.exchange.hasResponse else { return }
        let kept = document.bytes.withUnsafeBytes { bytes in
          list.kept(of: bytes) { visibility.shows(aliases.model(for: $0) ?? $0) }
        }
        guard let kept else {
          return request.fail(RequestFailure(502, "What Ollama answered is no list of models."))
        }
        request.respond(ServerResponse(status: 200, fields: RelayFields.ofDocument, body: .bytes(kept)))
      }
      if context.loop.takesAtOnce(bytes: document.bytes.count) { step() } else { context.loop.share(step) }
    }
  }

  private func respond(_ outcome: MergedLists.Outcome, to request: GatewayRequest) {
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    switch outcome {
    case .document(let document):
      request.respond(
        ServerResponse(status: 200, fields: RelayFields.ofDocument, body: .bytes(document.bytes)))
    case .response(let response): respond(with: response, to: request)
    case .failure(let failure, let server):
      if let server { request.note(server) }
      request.upstreamFailure = "\(failure)"
      request.fail(RequestFailure(failure))
    }
  }

  /// With what a server has responded in place of a list.
  private func respond(with response: UpstreamResponse, to request: GatewayRequest) {
    guard response.head.status >= 400 else {
      return request.fail(RequestFailure(502, "What Ollama answered is no list of models."))
    }
    let message = response.content.withUnsafeBytes { ErrorReport.message(in: $0, reader: context.reader) }
    request.upstreamFailure = "it answers with status \(response.head.status)"
    request.fail(
      RequestFailure(
        response.head.status, message ?? "Ollama answered with status \(response.head.status).",
        retryAfter: response.head.retryAfter))
  }
}
