internal import Access
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON

extension Worker {
  /// Bytes of a body of the request for a token.
  private static let tokenBodyLimit = 4096

  /// `POST /api/v1/chat/token`. Whatever the body says, nothing of it counts.
  func giveToken(_ request: GatewayRequest) {
    let bound = LoopBound(request, to: loop)
    request.exchange.collectBody(limit: Worker.tokenBodyLimit) { [unowned self] _ in
      assumeIsolated { $0.respondWithToken(bound.value) }
    }
  }

  private func respondWithToken(_ request: GatewayRequest) {
    request.respond(fields: [("Cache-Control", "no-store")]) { writer in
      writer.object { $0.member("token", services.authenticator.makeToken()) }
    }
  }
}
