internal import Access
internal import Handling
internal import HTTPServer
internal import JSON
internal import Sessions

extension SessionEndpoints {
  /// Bytes of a body that is taken and counts for nothing.
  private static let adoptionBodyLimit = 4096

  /// `POST /api/v1/chat/sessions/adopt`: who has a key now shows by what it was known before. Whatever the body says, nothing of it
  /// counts.
  func takeOverSessions(_ request: GatewayRequest) throws(RequestFailure) {
    // Whose they become is known by a key alone.
    guard request.principal?.grant != nil else {
      throw RequestFailure(
        401, "Could not validate credentials", headerFields: [("WWW-Authenticate", "Bearer")])
    }
    try request.requireJSON()
    let context = context
    request.exchange.collectBody(limit: SessionEndpoints.adoptionBodyLimit) { _ in
      request.perform(on: context.loop) { request throws(RequestFailure) in
        let others = context.services.authenticator.otherPrincipals(showing: request.exchange.request.fields)
        let adoption: SessionAdoption
        do throws(SessionAccessError) {
          adoption = try await context.services.registry.adopt(
            sessionsOf: others, by: context.principal(of: request))
        } catch {
          throw RequestFailure(error)
        }
        AuditLog(context.services.logger).note(
          .adoptSessions, sessions: adoption.adopted, by: request)
        request.respond { writer in
          writer.object { writer in
            writer.member("adopted", adoption.adopted)
            writer.member("remaining", adoption.remaining)
          }
        }
      }
    }
  }
}

extension Operation {
  static let adoptSessions = Operation(
    "adoptSessions", .sessions, "Take over sessions",
    details: """
      For who has a key now, and has chatted without one before: the sessions of the `X-Session-Token` and of the chat page's cookie \
      that come along become the key's. Those in which an answer is under way stay; one call takes over a thousand.
      """,
    parameters: [.sessionToken],
    .ok("How many.", .json("SessionsAdopted", "sessions.adopted")))
}

extension RouteRule {
  /// For who shows a key with which people chat.
  static let forKeyHolders = RouteRule.credential(.chat)
}
