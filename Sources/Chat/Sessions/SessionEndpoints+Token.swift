internal import Handling
internal import Access
internal import HTTPFields
internal import HTTPServer
internal import JSON

extension SessionEndpoints {
  /// Bytes of a body of the request for a token.
  private static let tokenBodyLimit = 4096

  /// `POST /api/v1/chat/token`. Whatever the body says, nothing of it counts.
  func giveToken(_ request: GatewayRequest) {
    request.exchange.collectBody(limit: SessionEndpoints.tokenBodyLimit) { [self] _ in
      request.respond(fields: [("Cache-Control", "no-store")]) { writer in
        writer.object { $0.member("token", context.services.authenticator.makeToken()) }
      }
    }
  }
}
