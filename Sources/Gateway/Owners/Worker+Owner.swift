internal import Access
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import Sessions

extension Worker {
  /// Whose sessions a request is about: by the token that it shows, by where it comes from, or by the chat page's cookie.
  /// What a message calls its author has no part in it.
  func owner(of request: GatewayRequest) -> SessionOwner {
    if services.sharesSessions { return .everybody }
    let fields = request.exchange.request.fields
    if let token = SessionToken.read(fields, services.seal) {
      return .token(high: token.high, low: token.low)
    }
    if request.isFromThisMachine { return .loopback }
    if let cookie = SessionCookie.read(fields, services.seal) {
      return .cookie(high: cookie.high, low: cookie.low)
    }
    return .address(request.clientAddress)
  }

  /// `POST /api/v1/chat/token`. Whatever the body says, nothing of it counts.
  func giveToken(_ request: GatewayRequest) {
    let bound = LoopBound(request, to: loop)
    request.exchange.collectBody(limit: SessionToken.bodyLimit) { [unowned self] _ in
      assumeIsolated { $0.respondWithToken(bound.value) }
    }
  }

  private func respondWithToken(_ request: GatewayRequest) {
    request.respond(fields: [("Cache-Control", "no-store")]) { writer in
      writer.object { $0.member("token", services.seal.make(.token)) }
    }
  }
}
