package import Access
internal import AccessStorage
package import Handling
package import JSON
internal import HTTPFields
internal import Limits

/// The members by which LiteLLM's clients say something of a user, read as a ``UserEdit``: of `/user/new` and `/user/update` (LiteLLM 1.110,
/// `types/proxy/management_endpoints/user_requests.py`).
package enum LiteLLMUserFields {
  /// Those that mean something here.
  private enum Field: CaseIterable {
    case alias, email, role, teams, team, models, concurrent, tpm, rpm, tpd, blocked

    var name: StaticString {
      switch self {
      case .alias: "user_alias"
      case .email: "user_email"
      case .role: "user_role"
      case .teams: "teams"
      case .team: "team_id"
      case .models: "models"
      case .concurrent: "max_parallel_requests"
      case .tpm: "tpm_limit"
      case .rpm: "rpm_limit"
      case .tpd: "tpd_limit"
      case .blocked: "blocked"
      }
    }
  }

  /// What a user may do, in LiteLLM's words.
  package enum Role: String, CaseIterable, Sendable {
    case administrator = "proxy_admin"
    case viewer = "proxy_admin_viewer"
    case user = "internal_user"
    case userViewer = "internal_user_viewer"

    /// What who has it may do here.
    package var scopes: Scopes {
      switch self {
      case .administrator:
        [.inference, .chat, .modelsRead, .modelsManage, .metrics, .adminRead, .admin]
      case .viewer: Scopes.Preset.readOnly.scopes
      case .user: Scopes.Preset.standard.scopes
      case .userViewer: .modelsRead
      }
    }

    /// The one that says most of what somebody may do.
    package init(_ scopes: Scopes) {
      self =
        if scopes.contains(.admin) { .administrator } else if scopes.contains(.adminRead) {
          .viewer
        } else if scopes
          .isDisjoint(with: [.inference, .chat])
        { .userViewer } else { .user }
    }
  }

  private static let limit = 128

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - record: the user as he is now, or a new one.
  ///   - others: members that say which user is meant, or what becomes of him.
  ///   - nullClears: whether `null` takes away what there was: of a user who is there.
  /// - Throws: 400 that names a member that means nothing here, 422 for one with a value that it does not take.
  package static func edit(
    _ body: JSONValue, of record: UserRecord, others: [StaticString], nullClears: Bool
  ) throws(RequestFailure) -> UserEdit {
    guard body.kind == .object else { throw .noObject(body.kind) }
    guard body.count <= limit else {
      throw RequestFailure(422, "The body takes at most \(limit) fields, and got \(body.count).")
    }
    try body.forEachMember { (name, value) throws(RequestFailure) in
      let isKnown = Field.allCases.contains { $0.name.equals(name) }
      if isKnown || others.contains(where: { $0.equals(name) }) { return }
      try LiteLLMKeyFields.refuse(name, value, insteadOf: "/api/v1/admin/users")
    }
    var edit = UserEdit(of: record)
    for field in Field.allCases {
      guard let value = body[field.name], nullClears || !value.isNull else { continue }
      do throws(RecordError) {
        try read(field, value, into: &edit)
      } catch {
        throw RequestFailure(RecordError("\(field.name)", takes: error.takes), value.kind)
      }
    }
    return edit
  }

  /// An error of the users' book, by the member that LiteLLM's clients have said it with.
  static func named(_ error: AccessError) -> AccessError {
    guard case .invalid(let fault) = error else { return error }
    let name: StaticString? =
      switch UserRecord.Member(name: fault.member) {
      case .name: "user_id"
      case .email: Field.email.name
      case .fullName: Field.alias.name
      case .team: Field.teams.name
      default: nil
      }
    return name.map { .invalid(RecordError("\($0)", takes: fault.takes)) } ?? error
  }

  private static func read(
    _ field: Field, _ value: JSONValue, into edit: inout UserEdit
  ) throws(RecordError) {
    let name = "\(field.name)"
    switch field {
    case .alias: try set(.fullName, value, &edit) { $0.fullName = nil }
    case .email: try set(.email, value, &edit) { $0.email = nil }
    case .role: try readRole(value, into: &edit)
    case .teams: try readTeams(value, into: &edit)
    case .team:
      // A word of old clients beside `teams`, which counts where both say something.
      if value.saysNothing, edit.names(.team) { return }
      try set(.team, value, &edit) { $0.team = nil }
    case .models:
      if let word = LiteLLMKeyFields.ModelWord(value) {
        return edit.set(.models) { $0.models = word.rules }
      }
      try edit.set(.models) { (record) throws(RecordError) in try record.set(.models, value) }
    case .concurrent: edit.add([.number(\.concurrent, try LiteLLMKeyFields.number(value, name))])
    case .tpm: edit.add([.number(\.tpm, try LiteLLMKeyFields.number(value, name))])
    case .rpm: edit.add([.number(\.rpm, try LiteLLMKeyFields.number(value, name))])
    case .tpd: edit.add([.number(\.tpd, try LiteLLMKeyFields.number(value, name))])
    case .blocked:
      guard value.isNull || value.bool != nil else { throw RecordError(name, takes: "true or false") }
      edit.set(.disabled) { $0.isDisabled = value.bool == true }
    }
  }

  /// An empty text is none.
  private static func set(
    _ member: UserRecord.Member, _ value: JSONValue, _ edit: inout UserEdit,
    clearing clear: (inout UserRecord) -> Void
  ) throws(RecordError) {
    if value.saysNothing { return edit.set(member, clear) }
    try edit.set(member) { (record) throws(RecordError) in try record.set(member, value) }
  }

  private static func readRole(_ value: JSONValue, into edit: inout UserEdit) throws(RecordError) {
    if value.isNull { return }
    guard let role = value.string.flatMap({ Role(bytesOf: $0) }) else {
      throw RecordError("user_role", takes: "one of " + Role.allCases.map(\.rawValue).joined(separator: ", "))
    }
    edit.set(.scopes) { $0.scopes = role.scopes }
  }

  /// A user has one team here at most: a text, or an object that names it and says nothing more.
  private static func readTeams(_ value: JSONValue, into edit: inout UserEdit) throws(RecordError) {
    if value.saysNothing { return edit.set(.team) { $0.team = nil } }
    let takes = "a list of one team, as a user has one here"
    guard value.kind == .array, value.count == 1 else { throw RecordError("teams", takes: takes) }
    var name: TeamName?
    value.forEachElement { element in
      let text =
        element.kind == .object ? element.count == 1 ? element["team_id"]?.string : nil : element.string
      name = text.flatMap { TeamName($0) }
    }
    guard let name else { throw RecordError("teams", takes: takes) }
    edit.set(.team) { $0.team = name }
  }
}
