internal import Access
internal import AccessStorage
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

/// The paths by which tools that make users at LiteLLM make them here: a `user_id` is a user's name. Lives on its worker's loop.
package final class LiteLLMUserEndpoints: RouteCollection {
  package let context: WorkerContext
  let administration: Administration

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
        "/user/new",
        .post(
          .credential(.admin), .litellmNewUser, failures: [401, 409, 413, 415, 422],
          bodyTask(isOptional: true, readNew, make))),
      Route(
        "/user/info",
        .get(.credential(.whatever), .litellmUserInfo, failures: [401, 404], Handler(showInfo))),
      Route(
        "/v2/user/info",
        .get(.credential(.whatever), .litellmUserAlone, failures: [401, 404], Handler(showAlone))),
      Route(
        "/user/list",
        .get(.credential([.adminRead, .admin]), .litellmUserList, failures: [401, 422], Handler(list))),
      Route(
        "/user/update",
        .post(
          .credential(.admin), .litellmUpdateUser, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readUpdate, update))),
      Route(
        "/user/delete",
        .post(
          .credential(.admin), .litellmDeleteUsers, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readUsers, delete))),
    ].map(\.forHolders)
  }

  /// Of this name, byte for byte: what else finds a user is no `user_id`.
  func user(called text: String) throws(RequestFailure) -> UserRecord {
    guard let user = UserName(text).flatMap({ administration.directory.user(named: $0)?.user }) else {
      throw .unknownLiteLLMUser
    }
    return user
  }
}

// MARK: - Making

extension LiteLLMUserEndpoints {
  /// Who is made, and the key that he gets.
  private struct New {
    let name: UserName
    let edit: UserEdit
    let key: NewKey?
  }

  private func readNew(_: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> New {
    guard body.kind == .object else { throw .noObject(body.kind) }
    let now = Timestamp.now
    let text = KeyText()
    let name: UserName
    if let value = body.present("user_id"), !value.saysNothing {
      guard let read = value.string.flatMap({ UserName($0) }) else {
        throw RequestFailure(RecordError("user_id", takes: UserName.takes), value.kind)
      }
      name = read
    } else {
      // As random as the public part of a key.
      guard let made = UserName(KeyText().id.text) else { throw .unknownLiteLLMUser }
      name = made
    }
    let edit = try LiteLLMUserFields.edit(
      body, of: .draft(name, at: now), others: ["user_id", "auto_create_key", "key_alias", "duration"],
      nullClears: false)
    if let value = body.present("auto_create_key") {
      guard let makesKey = value.bool else {
        throw RequestFailure(RecordError("auto_create_key", takes: "true or false"), value.kind)
      }
      if !makesKey { return New(name: name, edit: edit, key: nil) }
    }
    var key = NewKey(text, name: text.id.text, at: now)
    try key.apply(
      try LiteLLMKeyFields.editOfUsersKey(body, of: key.record, at: now), at: now,
      span: "duration")
    key.record.user = name
    return New(name: name, edit: edit, key: key)
  }

  /// `POST /user/new`.
  private func make(_ request: GatewayRequest, _ body: ReadBody<New>) async throws(RequestFailure) {
    let new = body.value
    let made = try await administration.addUser(new.name, new.edit, with: new.key, by: request)
    request.respond(fields: [("Cache-Control", "no-store")]) { writer in
      writer.object { writer in
        LiteLLMUserReport.encodeMembers(made.user, into: &writer)
        writer.text("key", new.key?.text.text)
        writer.text("token_id", made.key?.id.text)
        writer.text("key_alias", made.key?.name)
        writer.text("expires", made.key?.expiresAt?.iso8601)
      }
    }
  }
}

// MARK: - Changing

extension LiteLLMUserEndpoints {
  private typealias Update = (user: UserRecord, edit: UserEdit)

  /// By his e-mail address where the body names nobody.
  private func readUpdate(_: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> Update {
    guard body.kind == .object else { throw .noObject(body.kind) }
    let user: UserRecord
    if let value = body.present("user_id"), !value.saysNothing {
      guard let text = value.string else { throw .field("user_id", got: value.kind, "a user's name") }
      user = try self.user(called: text)
    } else {
      guard let email = body.present("user_email")?.string else {
        throw .missing("user_id", "the user who is meant")
      }
      guard let found = administration.directory.user(email: email)?.user else { throw .unknownLiteLLMUser }
      guard found.hasSureEmail else { throw .unsureEmail(of: found) }
      user = found
    }
    return (user, try LiteLLMUserFields.edit(body, of: user, others: ["user_id"], nullClears: true))
  }

  /// `POST /user/update`.
  private func update(_ request: GatewayRequest, _ body: ReadBody<Update>) async throws(RequestFailure) {
    let changed = try await administration.change(
      body.value.user, body.value.edit, naming: LiteLLMUserFields.named, by: request)
    request.respond { writer in
      writer.object { writer in
        writer.member("user_id", changed.name.text)
        writer.key("data")
        LiteLLMUserReport.encode(changed, into: &writer)
      }
    }
  }

  /// Users of one request.
  private static let deletedAtOnce = 100

  private func readUsers(_: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> [UserRecord] {
    guard body.kind == .object else { throw .noObject(body.kind) }
    try body.forEachMember { (name, _) throws(RequestFailure) in
      guard ("user_ids" as StaticString).equals(name) else { throw .unknown(name, ["user_ids"]) }
    }
    guard let list = body.present("user_ids"), list.kind == .array,
      1...LiteLLMUserEndpoints.deletedAtOnce ~= list.count
    else {
      throw RequestFailure(
        422, "“user_ids” takes a list of 1 to \(LiteLLMUserEndpoints.deletedAtOnce) users.",
        field: "user_ids")
    }
    var users: [UserRecord] = []
    try list.forEachElement { (element) throws(RequestFailure) in
      guard let text = element.string else { throw .field("user_ids", got: element.kind, "names of users") }
      let user = try self.user(called: text)
      if !users.contains(where: { $0.id == user.id }) { users.append(user) }
    }
    return users
  }

  /// `POST /user/delete`.
  private func delete(_ request: GatewayRequest, _ body: ReadBody<[UserRecord]>) async throws(RequestFailure)
  {
    // One after the other: each goes with his sessions.
    for user in body.value {
      _ = try await administration.delete(user, givingTo: nil, context.services.registry, by: request)
    }
    let count = body.value.count
    request.respond { $0.integer(count) }
  }
}

extension RequestFailure {
  /// There is no user of this name.
  static let unknownLiteLLMUser = RequestFailure(404, "There is no such user.", field: "user_id")
}
