internal import Access
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

/// The keys by which callers come in, for administrators. Lives on its worker's loop.
package final class KeyEndpoints: RouteCollection {
  package let context: WorkerContext
  private let administration: Administration

  /// On the thread of the context's loop.
  ///
  /// - Parameter administration: that of all workers.
  package init(_ context: WorkerContext, _ administration: Administration) {
    self.context = context
    self.administration = administration
  }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/admin/keys",
        .get(.credential([.adminRead, .admin]), .listKeys, failures: [401, 422], Handler(listKeys)),
        .post(
          .credential(.admin), .makeKey, failures: [401, 409, 413, 415, 422],
          bodyTask(
            { (_, body) throws(RequestFailure) in try NewKey(body, at: .now) }, makeKey))),
      Route(
        "/api/v1/admin/keys/{id}",
        .get(.credential([.adminRead, .admin]), .showKey, failures: [401, 404], Handler(showKey)),
        .patch(
          .credential(.admin), .changeKey, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readEdit, changeKey)),
        .delete(.credential(.admin), .deleteKey, failures: [401, 404, 409], task(deleteKey))),
      Route(
        "/api/v1/admin/keys/{id}/rotate",
        .post(
          .credential(.admin), .rotateKey, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(
            isOptional: true, { (_, body) throws(RequestFailure) in try KeyRotation(body) }, rotateKey))),
    ].map(\.forHolders)
  }

  // MARK: Reading

  /// `GET /api/v1/admin/keys`.
  private func listKeys(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    var filter = try KeyFilter(parameters)
    if let text = filter.user, let user = try administration.user(ofKeySaying: text) {
      filter.user = user.name.text
    }
    let skip = try parameters.integer("skip") ?? 0
    let limit = try parameters.integer("limit", in: 1...500) ?? 50
    let now = Timestamp.now
    let found = administration.keys(filter, at: now)
    let page = found.dropFirst(skip).prefix(limit)
    let directory = administration.directory
    request.respond { writer in
      writer.object { writer in
        writer.key("keys")
        writer.array { writer in
          for record in page { KeyReport.encode(record, of: directory, at: now, into: &writer) }
        }
        writer.member("total", found.count)
        writer.member("skip", skip)
        writer.member("limit", limit)
        writer.member("has_more", !page.isEmpty && skip < found.count - page.count)
      }
    }
  }

  /// `GET /api/v1/admin/keys/{id}`.
  private func showKey(_ request: GatewayRequest) throws(RequestFailure) {
    let record = try administration.record(meantBy: request.parameter)
    request.respond { KeyReport.encode(record, of: administration.directory, at: .now, into: &$0) }
  }

  // MARK: Changing

  /// `POST /api/v1/admin/keys`.
  private func makeKey(_ request: GatewayRequest, _ body: ReadBody<NewKey>) async throws(RequestFailure) {
    var named = body.value
    if let text = named.record.user?.text, let user = try administration.user(ofKeySaying: text) {
      named.record.user = user.name
    }
    let new = named
    let place = try administration.begin(request, body.bytes)
    if let known = place.known { return respondAgain(request, known) }
    do throws(RequestFailure) {
      try await administration.add(new, by: request)
    } catch {
      administration.fail(place)
      throw error
    }
    administration.end(place, with: new.record.id)
    let location = "\(request.target.base)/api/v1/admin/keys/\(new.record.id)"
    tell(new.record, new.text, to: request, 201, [("Location", location)])
  }

  /// `PATCH /api/v1/admin/keys/{id}`.
  private func changeKey(_ request: GatewayRequest, _ body: ReadBody<KeyEdit>) async throws(RequestFailure) {
    let record = try await administration.change(request.parameter, body.value, by: request)
    administration.handOverSessions(after: body.value, in: context.services.registry)
    request.respond { KeyReport.encode(record, of: administration.directory, at: .now, into: &$0) }
  }

  private func readEdit(_ request: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> KeyEdit {
    let record = try administration.record(meantBy: request.parameter)
    return try KeyEdit(body, of: record, isNew: false, at: .now)
  }

  /// `DELETE /api/v1/admin/keys/{id}`.
  private func deleteKey(_ request: GatewayRequest) async throws(RequestFailure) {
    try await administration.delete(
      [try administration.record(meantBy: request.parameter).id], by: request)
    request.respond(ServerResponse(status: 204))
  }

  /// `POST /api/v1/admin/keys/{id}/rotate`.
  private func rotateKey(
    _ request: GatewayRequest, _ body: ReadBody<KeyRotation>
  ) async throws(RequestFailure) {
    let place = try administration.begin(request, body.bytes)
    if let known = place.known { return respondAgain(request, known) }
    let rotated: (record: KeyRecord, text: KeyText)
    do throws(RequestFailure) {
      rotated = try await administration.rotate(request.parameter, body.value, by: request)
    } catch {
      administration.fail(place)
      throw error
    }
    administration.end(place, with: rotated.record.id)
    tell(rotated.record, rotated.text, to: request)
  }

  // MARK: Responses

  /// The one response that has the key.
  private func tell(
    _ record: KeyRecord, _ text: KeyText, to request: GatewayRequest, _ status: Int = 200,
    _ more: FieldSection = []
  ) {
    var fields = more
    fields.append("Cache-Control", "no-store")
    request.respond(status, fields: fields) {
      KeyReport.encode(record, key: text, of: administration.directory, at: .now, into: &$0)
    }
  }

  /// What was done before by the same `Idempotency-Key`: the record, without the key.
  private func respondAgain(_ request: GatewayRequest, _ known: KeyID) {
    guard let record = administration.directory[known]?.key else {
      return request.fail(
        RequestFailure(409, "This was done before: the key \(known), which is gone."))
    }
    request.respond(fields: [("Idempotency-Replayed", "true"), ("Cache-Control", "no-store")]) {
      KeyReport.encode(record, of: administration.directory, at: .now, into: &$0)
    }
  }
}
