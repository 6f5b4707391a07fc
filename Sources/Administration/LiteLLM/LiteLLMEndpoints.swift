internal import Access
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

/// The paths by which tools that make keys at LiteLLM make them here. Lives on its worker's loop.
package final class LiteLLMEndpoints: RouteCollection {
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
        "/key/generate",
        .post(
          .credential(.admin), .generateKey, failures: [401, 409, 413, 415, 422],
          bodyTask(isOptional: true, readNew, generate))),
      Route(
        "/key/info",
        .get(.credential(.whatever), .keyInfo, failures: [401, 404], Handler(showInfo))),
      Route(
        "/key/list",
        .get(.credential([.adminRead, .admin]), .keyList, failures: [401, 422], Handler(list))),
      Route(
        "/key/update",
        .post(
          .credential(.admin), .updateKey, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readUpdate, update))),
      Route(
        "/key/delete",
        .post(
          .credential(.admin), .deleteKeys, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(readKeys, delete))),
      block("block", .blockKey, isDisabled: true), block("unblock", .unblockKey, isDisabled: false),
      Route(
        "/key/{key}/regenerate",
        .post(
          .credential(.admin), .regenerateKey, failures: [401, 404, 409, 413, 415, 422],
          bodyTask(isOptional: true, readRegeneration, regenerate))),
    ].map(\.forHolders)
  }

  private func block(_ act: String, _ operation: Operation, isDisabled: Bool) -> Route {
    let administration = administration
    return Route(
      "/key/\(act)",
      .post(
        .credential(.admin), operation, failures: [401, 404, 409, 413, 415, 422],
        bodyTask({ (_, body) throws(RequestFailure) in
          guard body.kind == .object else { throw .noObject(body.kind) }
          return try administration.key(namedBy: body)
        }) {
          request, body throws(RequestFailure) in
          var edit = KeyEdit(of: body.value)
          edit.set(.disabled) { $0.isDisabled = isDisabled }
          let record = try await administration.change(body.value.id.text, edit, makesUser: true, by: request)
          request.respond {
            LiteLLMKeyReport.encode(record, of: administration.directory, at: .now, into: &$0)
          }
        }))
  }
}

// MARK: - Making

extension LiteLLMEndpoints {
  private func readNew(_: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> NewKey {
    guard body.kind == .object else { throw .noObject(body.kind) }
    let now = Timestamp.now
    let text = try NewKey.text(body.present("key"))
    // Called by its public part, unless it has an alias.
    var new = NewKey(text, name: text.id.text, at: now)
    let edit = try LiteLLMKeyFields.edit(
      body, of: new.record, others: ["key"], nullClears: false, at: now)
    try new.apply(edit, at: now, span: "duration")
    return new
  }

  /// `POST /key/generate`.
  private func generate(_ request: GatewayRequest, _ body: ReadBody<NewKey>) async throws(RequestFailure) {
    try await administration.add(body.value, makesUser: true, by: request)
    tell(body.value.record, body.value.text, to: request)
  }

  private struct Regeneration {
    let edit: KeyEdit
    let rotation: KeyRotation
  }

  private func readRegeneration(
    _ request: GatewayRequest, _ body: JSONValue
  ) throws(RequestFailure) -> Regeneration {
    let record = try administration.record(meantBy: request.parameter)
    let edit = try LiteLLMKeyFields.edit(
      body, of: record, others: ["key", "new_key", "grace_period"], nullClears: false, at: .now)
    // Without a grace the earlier key ends at once, as at LiteLLM.
    var rotation = KeyRotation(grace: .zero)
    if let grace = body.present("grace_period"), !grace.saysNothing {
      rotation.grace = try KeyRotation.grace(grace, "grace_period")
    }
    if let text = body.present("new_key") { rotation.custom = try NewKey.text(text, "new_key") }
    return Regeneration(edit: edit, rotation: rotation)
  }

  /// `POST /key/{key}/regenerate`.
  private func regenerate(
    _ request: GatewayRequest, _ body: ReadBody<Regeneration>
  ) async throws(RequestFailure) {
    let rotated = try await administration.rotate(
      request.parameter, body.value.rotation, with: body.value.edit, makesUser: true, by: request)
    administration.handOverSessions(after: body.value.edit, in: context.services.registry)
    tell(rotated.record, rotated.text, to: request)
  }

  /// The one response that has the key.
  private func tell(_ record: KeyRecord, _ text: KeyText, to request: GatewayRequest) {
    request.respond(fields: [("Cache-Control", "no-store")]) { writer in
      writer.object {
        LiteLLMKeyReport.encodeMembers(record, key: text, of: administration.directory, at: .now, into: &$0)
      }
    }
  }
}

// MARK: - Changing

extension LiteLLMEndpoints {
  private func readUpdate(
    _: GatewayRequest, _ body: JSONValue
  ) throws(RequestFailure) -> (record: KeyRecord, edit: KeyEdit) {
    guard body.kind == .object else { throw .noObject(body.kind) }
    let record = try record(toUpdateBy: body)
    return (
      record,
      try LiteLLMKeyFields.edit(body, of: record, others: ["key"], nullClears: true, at: .now)
    )
  }

  /// By its alias where the body names no key.
  private func record(toUpdateBy body: JSONValue) throws(RequestFailure) -> KeyRecord {
    guard body.present("key") == nil, let alias = body.present("key_alias")?.string else {
      return try administration.key(namedBy: body)
    }
    return try administration.record(called: alias)
  }

  /// `POST /key/update`.
  private func update(
    _ request: GatewayRequest, _ body: ReadBody<(record: KeyRecord, edit: KeyEdit)>
  ) async throws(RequestFailure) {
    let record = try await administration.change(
      body.value.record.id.text, body.value.edit, makesUser: true, by: request)
    administration.handOverSessions(after: body.value.edit, in: context.services.registry)
    request.respond { writer in
      writer.object { writer in
        writer.member("key", record.id.text)
        LiteLLMKeyReport.encodeMembers(record, of: administration.directory, at: .now, into: &writer)
      }
    }
  }

  /// Keys of one request.
  private static let deletedAtOnce = 100

  private func readKeys(_: GatewayRequest, _ body: JSONValue) throws(RequestFailure) -> [KeyRecord] {
    guard body.kind == .object else { throw .noObject(body.kind) }
    try body.forEachMember { (name, _) throws(RequestFailure) in
      guard ("keys" as StaticString).equals(name) || ("key_aliases" as StaticString).equals(name) else {
        throw .unknown(name, ["keys", "key_aliases"])
      }
    }
    var records: [KeyRecord] = []
    for (member, isAlias) in [("keys" as StaticString, false), ("key_aliases", true)] {
      guard let list = body.present(member) else { continue }
      guard list.kind == .array, list.count <= LiteLLMEndpoints.deletedAtOnce else {
        throw RequestFailure(
          422, "“\(member)” takes a list of at most \(LiteLLMEndpoints.deletedAtOnce) keys.",
          field: "\(member)")
      }
      try list.forEachElement { (element) throws(RequestFailure) in
        guard let text = element.string else { throw .field("\(member)", got: element.kind, "keys") }
        records.append(
          try isAlias ? administration.record(called: text) : administration.record(meantBy: text))
      }
    }
    guard !records.isEmpty else { throw .missing("keys", "the keys to delete, or “key_aliases” their names") }
    return records
  }

  /// `POST /key/delete`.
  private func delete(_ request: GatewayRequest, _ body: ReadBody<[KeyRecord]>) async throws(RequestFailure) {
    let ids = body.value.reduce(into: [KeyID]()) { all, record in
      if !all.contains(record.id) { all.append(record.id) }
    }
    try await administration.delete(ids, by: request)
    request.respond { writer in
      writer.object { writer in
        writer.key("deleted_keys")
        writer.array { writer in for id in ids { writer.string(id.text) } }
      }
    }
  }
}

extension Administration {
  /// The key that a body names.
  fileprivate func key(namedBy body: JSONValue) throws(RequestFailure) -> KeyRecord {
    guard let value = body.present("key") else { throw .missing("key", "the key that is meant") }
    guard let text = value.string else { throw .field("key", got: value.kind, "a key") }
    return try record(meantBy: text)
  }

  /// The key of this name.
  ///
  /// - Throws: 404; 409 where several have it.
  func record(called name: String) throws(RequestFailure) -> KeyRecord {
    var filter = KeyFilter()
    filter.name = name
    let found = keys(filter, at: .now)
    guard let record = found.first else { throw .unknownKey }
    guard found.count == 1 else {
      throw RequestFailure(409, "\(found.count) keys have this name: say which by its public part.")
    }
    return record
  }
}

extension Scopes {
  /// Whatever a key may have.
  static let whatever: Scopes = [
    .inference, .chat, .modelsRead, .modelsManage, .metrics, .adminRead, .admin,
  ]
}
