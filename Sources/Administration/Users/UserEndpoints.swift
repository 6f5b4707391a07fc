internal import Access
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

/// The users, for administrators. Lives on its worker's loop.
package final class UserEndpoints: RouteCollection {
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
        "/api/v1/admin/users",
        .get(.credential([.adminRead, .admin]), .listUsers, failures: [401, 422], Handler(listUsers)),
        .post(
          .credential(.admin), .makeUser, failures: [401, 409, 413, 415, 422],
          bodyTask(readNew, makeUser))),
      Route(
        "/api/v1/admin/users/{id}",
        .get(.credential([.adminRead, .admin]), .showUser, failures: [401, 404, 409], Handler(showUser)),
        .patch(
          .credential(.admin), .changeUser, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readChange, changeUser)),
        .delete(.credential(.admin), .deleteUser, failures: [401, 404, 409, 422], task(deleteUser))),
      act("reset", .resetUser, resetUser), act("verification", .verifyUser, verifyUser),
      act("unlock", .unlockUser, unlockUser), act("sign-out", .signOutUser, signOutUser),
      Route(
        "/api/v1/admin/users/{id}/link",
        .post(
          .credential(.admin), .linkUser, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readLink, linkUser))),
    ].map(\.forHolders)
  }

  /// A route of what is done to one user, without a body.
  private func act(
    _ name: String, _ operation: Operation,
    _ work: @escaping (GatewayRequest, UserRecord) async throws(RequestFailure) -> Void
  ) -> Route {
    Route(
      "/api/v1/admin/users/{id}/\(name)",
      .post(
        .credential(.admin), operation, failures: [401, 404, 409],
        bodyTask(
          isOptional: true, readNothing,
          { request, body throws(RequestFailure) in try await work(request, body.value) })))
  }

  // MARK: Reading

  /// `GET /api/v1/admin/users`.
  private func listUsers(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    let filter = try UserFilter(parameters)
    let skip = try parameters.integer("skip") ?? 0
    let limit = try parameters.integer("limit", in: 1...500) ?? 50
    let now = Timestamp.now
    let found = administration.users(filter)
    let counts = UserReport.keyCounts(of: administration.directory.keys)
    let page = found.dropFirst(skip).prefix(limit)
    request.respond { writer in
      writer.object { writer in
        writer.key("users")
        writer.array { writer in
          for user in page { UserReport.encode(user, keys: counts[user.name] ?? 0, at: now, into: &writer) }
        }
        writer.member("total", found.count)
        writer.member("skip", skip)
        writer.member("limit", limit)
        writer.member("has_more", !page.isEmpty && skip < found.count - page.count)
      }
    }
  }

  /// `GET /api/v1/admin/users/{id}`.
  private func showUser(_ request: GatewayRequest) throws(RequestFailure) {
    respond(request, try administration.user(meantBy: request.parameter))
  }

  // MARK: Changing

  private func readNew(
    _: GatewayRequest, _ body: JSONValue
  ) throws(RequestFailure) -> (name: UserName, body: UserBody) {
    guard body.kind == .object else { throw .noObject(body.kind) }
    guard let text = body.present("name") else { throw .missing("name", UserName.takes) }
    guard let name = text.string.flatMap({ UserName($0) }) else {
      throw RequestFailure(RecordError("name", takes: UserName.takes), text.kind)
    }
    return (name, try UserBody(body, of: .draft(name), at: .now))
  }

  /// `POST /api/v1/admin/users`.
  private func makeUser(
    _ request: GatewayRequest, _ body: ReadBody<(name: UserName, body: UserBody)>
  ) async throws(RequestFailure) {
    let hash = try await administration.hash(body.value.body.password)
    let made = try await administration.addUser(
      body.value.name, body.value.body.edit(hashed: hash), by: request)
    respond(request, made, 201, [("Location", "\(request.target.base)/api/v1/admin/users/\(made.id)")])
  }

  private func readChange(
    _ request: GatewayRequest, _ body: JSONValue
  ) throws(RequestFailure) -> (user: UserRecord, body: UserBody) {
    let user = try administration.user(meantBy: request.parameter)
    return (user, try UserBody(body, of: user, at: .now))
  }

  /// `PATCH /api/v1/admin/users/{id}`.
  private func changeUser(
    _ request: GatewayRequest, _ body: ReadBody<(user: UserRecord, body: UserBody)>
  ) async throws(RequestFailure) {
    let hash = try await administration.hash(body.value.body.password)
    respond(
      request,
      try await administration.change(body.value.user, body.value.body.edit(hashed: hash), by: request))
  }

  /// `DELETE /api/v1/admin/users/{id}`.
  private func deleteUser(_ request: GatewayRequest) async throws(RequestFailure) {
    let user = try administration.user(meantBy: request.parameter)
    let parameters = QueryParameters(request.exchange.request.query)
    var heir: UserRecord?
    if let text = try parameters.text("give_to") {
      guard case .one(let found) = administration.directory.user(meantBy: text), found.id != user.id else {
        throw RequestFailure(
          422, "“give_to” takes another user that there is.", field: "give_to", fault: FieldFault(in: .query))
      }
      heir = found
    }
    let sessions = try await administration.delete(
      user, givingTo: heir, context.services.registry, by: request)
    request.respond { writer in
      writer.object { writer in
        writer.member("sessions", sessions)
        writer.key("given_to")
        if let heir { writer.string(heir.name.text) } else { writer.null() }
      }
    }
  }

  // MARK: What users sign in by

  private func readNothing(_ request: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> UserRecord
  {
    guard body.kind == .object else { throw .noObject(body.kind) }
    try body.forEachMember { (name, _) throws(RequestFailure) in throw .unknown(name, []) }
    return try administration.user(meantBy: request.parameter)
  }

  /// `POST /api/v1/admin/users/{id}/reset`.
  private func resetUser(_ request: GatewayRequest, _ user: UserRecord) async throws(RequestFailure) {
    try await makeLink(.makeReset, "reset", request, user)
  }

  /// `POST /api/v1/admin/users/{id}/verification`.
  private func verifyUser(_ request: GatewayRequest, _ user: UserRecord) async throws(RequestFailure) {
    guard user.email != nil else { throw RequestFailure(409, "This user has no e-mail address.") }
    try await makeLink(.makeVerification, "verify", request, user)
  }

  /// The one response that has the secret. The link is relative to the page: by which address people come, they know.
  private func makeLink(
    _ act: AuditLog.Act, _ name: String, _ request: GatewayRequest, _ user: UserRecord
  ) async throws(RequestFailure) {
    let now = Timestamp.now
    let secret = LinkSecret()
    let changed = try await administration.act(act, on: user, by: request) { (record) throws(RecordError) in
      if act == .makeReset {
        record.makeReset(secret, at: now)
      } else {
        record.makeVerification(secret, at: now)
      }
    }
    let end = (act == .makeReset ? changed.reset : changed.verification)?.validUntil ?? now
    request.respond(fields: [("Cache-Control", "no-store")]) { writer in
      writer.object { writer in
        writer.member("token", secret.text)
        // Behind a #: it is sent to no server then.
        writer.member("link", "\(request.target.base)/#\(name)=\(secret.text)")
        writer.member("valid_until", end.iso8601)
      }
    }
  }

  /// `POST /api/v1/admin/users/{id}/unlock`.
  private func unlockUser(_ request: GatewayRequest, _ user: UserRecord) async throws(RequestFailure) {
    let now = Timestamp.now
    respond(
      request,
      try await administration.act(.unlockUser, on: user, by: request) { (record) throws(RecordError) in
        record.unlockedAt = now
      })
  }

  /// `POST /api/v1/admin/users/{id}/sign-out`.
  private func signOutUser(_ request: GatewayRequest, _ user: UserRecord) async throws(RequestFailure) {
    let now = Timestamp.now
    respond(
      request,
      try await administration.act(.signOutUser, on: user, by: request) { (record) throws(RecordError) in
        record.endSignIns(at: now)
      })
  }

  private func readLink(
    _ request: GatewayRequest, _ body: JSONValue
  ) throws(RequestFailure) -> (user: UserRecord, identity: IssuerIdentity) {
    guard body.kind == .object else { throw .noObject(body.kind) }
    try body.forEachMember { (name, _) throws(RequestFailure) in
      guard ("issuer" as StaticString).equals(name) || ("subject" as StaticString).equals(name) else {
        throw .unknown(name, ["issuer", "subject"])
      }
    }
    guard let issuer = body.present("issuer") else { throw .missing("issuer", "the issuer of tokens") }
    guard let subject = body.present("subject") else { throw .missing("subject", "a subject of the issuer") }
    guard
      let identity = IssuerIdentity(issuer: issuer.string ?? "", subject: subject.string ?? "")
    else { throw RequestFailure(422, "The body takes \(IssuerIdentity.takes).", field: "subject") }
    return (try administration.user(meantBy: request.parameter), identity)
  }

  /// `POST /api/v1/admin/users/{id}/link`.
  private func linkUser(
    _ request: GatewayRequest, _ body: ReadBody<(user: UserRecord, identity: IssuerIdentity)>
  ) async throws(RequestFailure) {
    let identity = body.value.identity
    respond(
      request,
      try await administration.act(.linkUser, on: body.value.user, by: request) {
        (record) throws(RecordError) in try record.link(identity)
      })
  }

  // MARK: Responses

  private func respond(
    _ request: GatewayRequest, _ user: UserRecord, _ status: Int = 200, _ fields: FieldSection = []
  ) {
    let keys = administration.directory.keys.count { $0.user == user.name }
    request.respond(status, fields: fields) { UserReport.encode(user, keys: keys, at: .now, into: &$0) }
  }
}
