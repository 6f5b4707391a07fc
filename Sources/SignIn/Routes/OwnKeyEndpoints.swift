internal import Access
internal import Configuration
internal import AccessStorage
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import System

/// The keys that users who have signed in make for their own programs. Lives on its worker's loop.
package final class OwnKeyEndpoints: RouteCollection {
  package let context: WorkerContext
  private let desk: SignInDesk

  /// On the thread of the context's loop.
  ///
  /// - Parameter desk: that of all workers.
  package init(_ context: WorkerContext, _ desk: SignInDesk) {
    self.context = context
    self.desk = desk
  }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/auth/keys",
        .get(.known, .listOwnKeys, failures: [401], Handler(listKeys)),
        .post(
          .known, .makeOwnKey, failures: [401, 409, 413, 415, 422],
          jsonTask(
            requireMaker, { (body) throws(RequestFailure) in try OwnKeyBody(body, at: .now) }, makeKey))),
      Route(
        "/api/v1/auth/keys/{id}",
        .delete(.known, .deleteOwnKey, failures: [401, 404, 409], task(deleteKey))),
    ]
  }

  private func requireMaker(_ request: GatewayRequest) throws(RequestFailure) {
    _ = try request.requireSignedIn()
    guard context.settings.configuration.userKeys else { throw .ownKeysAreOff }
  }

  /// `GET /api/v1/auth/keys`.
  private func listKeys(_ request: GatewayRequest) throws(RequestFailure) {
    let user = try request.requireSignedIn()
    let keys = desk.keys(of: user)
    let now = Timestamp.now
    request.respond(fields: [("Cache-Control", "no-store")]) { writer in
      writer.object { writer in
        writer.key("keys")
        writer.array { writer in for key in keys { OwnKeyReport.encode(key, at: now, into: &writer) } }
      }
    }
  }

  /// `POST /api/v1/auth/keys`.
  private func makeKey(_ request: GatewayRequest, _ body: OwnKeyBody) async throws(RequestFailure) {
    let user = try request.requireSignedIn()
    guard let grant = request.principal?.grant else { throw .notAuthenticated }
    let place = SignInPlace(request, basePath: "\(context.settings.configuration.basePath)")
    try await desk.satisfyKeyDemand(of: user, by: request.proof, password: body.password, from: place)
    let (record, text) = try await desk.makeKey(body, of: user, with: grant.scopes, by: request)
    request.respond(201, fields: [("Cache-Control", "no-store")]) {
      OwnKeyReport.encode(record, key: text, at: .now, into: &$0)
    }
  }

  /// `DELETE /api/v1/auth/keys/{id}`.
  private func deleteKey(_ request: GatewayRequest) async throws(RequestFailure) {
    let user = try request.requireSignedIn()
    guard let id = KeyID(request.parameter), let key = desk.directory[id]?.key, key.user == user.name else {
      throw RequestFailure(404, "You have no such key.", field: "id")
    }
    guard key.isMadeByUser else {
      throw RequestFailure(403, "This key was made by an administrator, who alone can delete it.")
    }
    try await desk.delete(key, by: request)
    request.respond(ServerResponse(status: 204, fields: [("Cache-Control", "no-store")]))
  }
}

/// A key as its owner sees it.
enum OwnKeyReport {
  /// - Parameter key: the key itself, where it was made just now: it is told once.
  static func encode(
    _ record: KeyRecord, key: KeyText? = nil, at now: Timestamp, into writer: inout JSONWriter
  ) {
    writer.object { writer in
      if let key { writer.member("key", key.text) }
      record.encodeMembers(into: &writer, withDigests: false)
      let hasExpired = record.expiresAt.map { $0 <= now } ?? false
      writer.member("status", literal: record.isDisabled ? "disabled" : hasExpired ? "expired" : "active")
      writer.member("source", literal: record.source == .store ? "store" : "file")
    }
  }
}
