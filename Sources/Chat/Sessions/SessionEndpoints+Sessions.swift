internal import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import System
internal import Telemetry

extension SessionEndpoints {
  /// `GET /api/v1/chat/sessions`: the caller's own.
  func listSessions(_ request: GatewayRequest) async throws(RequestFailure) {
    let window = try PageWindow(request.exchange.request.query, defaultLimit: 50)
    let page: SessionPage?
    do throws(SessionAccessError) {
      page = try await context.services.registry.list(
        as: context.principal(of: request), skip: window.skip, limit: window.limit)
    } catch {
      throw RequestFailure(error)
    }
    // Nobody waits for it any more.
    guard let page else { return }
    var rest = page.sessions[...]
    var hasBegun = false
    request.respond(
      PiecewiseJSON { writer in
        guard hasBegun else {
          hasBegun = true
          writer.framing(#"{"sessions":["#)
          return .more
        }
        guard let session = rest.popFirst() else {
          writer.framing("],")
          window.encode(total: page.total, count: page.sessions.count, into: &writer)
          writer.framing("}")
          return .end
        }
        if rest.startIndex > 1 { writer.framing(",") }
        session.encode(into: &writer)
        return .more
      })
  }

  /// `GET /api/v1/chat/sessions/{id}`.
  func showHistory(_ request: GatewayRequest) async throws(RequestFailure) {
    let window = try PageWindow(request.exchange.request.query, defaultLimit: 50)
    let id = try sessionID(request.parameter)
    let found: HistoryPage?
    do throws(SessionAccessError) {
      found = try await context.services.registry.history(
        of: id, as: context.principal(of: request), skip: window.skip, limit: window.limit)
    } catch {
      throw RequestFailure(error)
    }
    guard let page = found else { throw .unknownSession }
    let hold = try RequestFailure.hold(
      page.messages, of: context.services.unsentMemory, for: request.exchange.account)
    request.respond(
      .messages(page.messages, keeping: hold) { writer in
        writer.framing(#"{"session_id":"#)
        writer.string(id.description)
        writer.framing(#","messages":["#)
      } tail: { writer in
        writer.framing("],")
        window.encode(total: page.total, count: page.messages.count, into: &writer)
        writer.member("page", window.page)
        writer.member("total_pages", window.pages(of: page.total))
        writer.member("created_at", page.createdAt.iso8601)
        writer.framing("}")
      })
  }

  /// `DELETE /api/v1/chat/sessions/{id}`.
  func deleteSession(_ request: GatewayRequest) async throws(RequestFailure) {
    let id = try sessionID(request.parameter)
    let count: Int
    do throws(SessionAccessError) {
      count = try await context.services.registry.delete(id, as: context.principal(of: request))
    } catch {
      throw RequestFailure(error)
    }
    request.respond { writer in
      writer.object { writer in
        writer.member("status", "success")
        writer.member("message", "Session \(id) was deleted.")
        writer.member("messages_deleted", count)
      }
    }
  }

  /// `GET /api/v1/chat/sessions/{id}/stream`.
  func resumeStream(_ request: GatewayRequest) async throws(RequestFailure) {
    let id = try sessionID(request.parameter)
    let head = request.exchange.request
    let position = try ResumePosition(lastEventID: head.first("last-event-id"), query: head.query)
    let principal = context.principal(of: request)
    let found: Generation?
    do throws(SessionAccessError) {
      let registry = context.services.registry
      guard try await registry.summary(of: id, as: principal) != nil else { throw .unknown }
      found = try await registry.generation(of: id, as: principal)
    } catch {
      throw RequestFailure(error)
    }
    guard let generation = found else { return request.respond(ServerResponse(status: 204)) }
    // Nobody would tell the responder that its client is gone.
    guard !request.isClientGone else { return }
    request.model = generation.model
    if request.method == "HEAD" {
      // What it would stream, and nothing that would have to be stopped.
      return request.respond(
        ServerResponse(
          status: 200, fields: [("Content-Type", StreamFraming(wantedBy: request).contentType)],
          body: .head(length: nil)))
    }
    let responder = ChatStreamResponder(request, in: context)
    request.exchange.onClientLeft = { responder.clientLeft() }
    responder.attach(generation, after: position.number(in: generation.id))
  }

  /// `DELETE /api/v1/chat/sessions/{id}/stream`.
  func stopStream(_ request: GatewayRequest) async throws(RequestFailure) {
    let id = try sessionID(request.parameter)
    let isRunning: Bool
    do throws(SessionAccessError) {
      isRunning = try await context.services.registry.stopGeneration(
        of: id, as: context.principal(of: request))
    } catch {
      throw RequestFailure(error)
    }
    request.respond { writer in
      writer.object { writer in
        writer.member("status", "success")
        writer.member("message", isRunning ? "The generation was stopped." : "Nothing was being generated.")
        writer.member("stopped", isRunning)
      }
    }
  }

  private func sessionID(_ parameter: String) throws(RequestFailure) -> SessionID {
    guard let id = SessionID(parameter) else { throw .unknownSession }
    return id
  }
}

extension RequestFailure {
  static let unknownSession = RequestFailure(404, "There is no such session.")

  /// What is stored cannot be reached, or not changed, now.
  static let store = RequestFailure(
    503, "The store of the sessions does not answer in time; try again later.", retryAfter: 1)

  /// What is the owner's to do in a session that others take part in.
  static let notOwner = RequestFailure(403, "This is for the session's owner to do.")

  init(_ error: SessionAccessError) {
    switch error {
    case .unknown: self = .unknownSession
    case .notOwner: self = .notOwner
    case .store: self = .store
    }
  }
}

extension SessionSummary {
  fileprivate func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("session_id", id.description)
      writer.member("created_at", createdAt.iso8601)
      writer.member("updated_at", updatedAt.iso8601)
      writer.member("message_count", messageCount)
      writer.member("title", title)
      writer.member("generating", isGenerating)
    }
  }
}

extension Message {
  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("role", isFromUser ? "user" : "assistant")
      writer.member("content", content)
      if let thinking { writer.member("thinking", thinking) }
      encodeMembers(into: &writer)
    }
  }

  /// What comes before the content, where that is written in pieces.
  func encodeBeginning(into writer: inout JSONWriter) {
    writer.framing(isFromUser ? #"{"role":"user","content":""# : #"{"role":"assistant","content":""#)
  }

  /// What comes behind it.
  func encodeEnd(into writer: inout JSONWriter) {
    writer.framing(#"","#)
    encodeMembers(into: &writer)
    writer.framing("}")
  }

  private func encodeMembers(into writer: inout JSONWriter) {
    writer.member("timestamp", timestamp.iso8601)
    switch author {
    case .user(let user): writer.member("user_id", user)
    case .assistant(let model): writer.member("model", model)
    }
    if !images.isEmpty {
      writer.key("images")
      writer.array { writer in for image in images { writer.string(image.description) } }
    }
    if isFailed { writer.member("failed", true) }
    if state == .interrupted { writer.member("interrupted", true) }
    if isPending { writer.member("pending", true) }
    guard let usage else { return }
    usage.encodeMember(into: &writer)
    if let duration = usage.timeToFirstToken { writer.member("time_to_first_token", duration.seconds) }
    if let duration = usage.duration { writer.member("response_time", duration.seconds) }
  }
}

extension Duration {
  /// As JSON has it: to the millisecond.
  fileprivate var seconds: Double { milliseconds.rounded() / 1000 }
}
