internal import Access
internal import Handling
internal import HTTPServer
internal import JSON
internal import Sessions
internal import System
internal import Telemetry

extension SessionEndpoints {
  /// `GET /api/v1/admin/sessions`: everybody's, without what was said there.
  func listAllSessions(_ request: GatewayRequest) async throws(RequestFailure) {
    let query = request.exchange.request.query
    let window = try PageWindow(query, defaultLimit: 50)
    let owner = try Self.owner(query)
    let found: (sessions: [AdministeredSession], hasMore: Bool)?
    do throws(SessionAccessError) {
      found = try await context.services.registry.listAll(
        ownedBy: owner, skip: window.skip, limit: window.limit)
    } catch {
      throw RequestFailure(error)
    }
    // Nobody waits for it any more.
    guard let found else { return }
    request.respond { writer in
      writer.object { writer in
        writer.key("sessions")
        writer.array { writer in for session in found.sessions { session.encode(into: &writer) } }
        writer.member("skip", window.skip)
        writer.member("limit", window.limit)
        writer.member("has_more", found.hasMore)
      }
    }
  }

  /// - Throws: 422 for what is no principal's name.
  private static func owner(_ query: Substring?) throws(RequestFailure) -> Principal.ID? {
    guard let text = try QueryParameters(query).text("owner") else { return nil }
    guard let owner = Principal.ID(storedName: text) else {
      throw RequestFailure(
        422, "“owner” takes key:ID, user:NAME, loopback, everybody, or another owner of the list.",
        field: "owner")
    }
    return owner
  }
}

extension AdministeredSession {
  fileprivate func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("session_id", id.description)
      writer.member("owner", owner)
      writer.member("created_at", createdAt.iso8601)
      writer.member("updated_at", updatedAt.iso8601)
      writer.member("message_count", messageCount)
      writer.member("generating", isGenerating)
    }
  }
}

extension Operation {
  static let listAllSessions = Operation(
    "listAllSessions", .sessions, "List everybody's sessions",
    details:
      "For administrators, whosoever they are: whose, since when and how long, and nothing of what was said there.",
    parameters: [
      .query("owner", .text, "Whose, as the list names them, such as `user:ann`; everybody's without."),
      .skip, .limit,
    ],
    .ok("A part of the list, the latest first.", .json("AllSessions", "sessions.all")))
}
