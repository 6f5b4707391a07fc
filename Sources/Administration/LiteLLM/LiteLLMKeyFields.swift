package import Access
internal import AccessStorage
package import Handling
package import JSON
internal import Limits
package import System

/// The members by which LiteLLM's clients say something of a key, read as a ``KeyEdit``: of `/key/generate`, `/key/update` and
/// `/key/{key}/regenerate` (LiteLLM 1.110, `types/proxy/management_endpoints/key_requests.py`).
package enum LiteLLMKeyFields {
  /// Those that mean something here. In this order: metadata are all labels, and tags are one.
  private enum Field: CaseIterable {
    case alias, duration, models, user, team, concurrent, tpm, rpm, tpd, metadata, tags, blocked, type

    var name: StaticString {
      switch self {
      case .alias: "key_alias"
      case .duration: "duration"
      case .models: "models"
      case .user: "user_id"
      case .team: "team_id"
      case .concurrent: "max_parallel_requests"
      case .tpm: "tpm_limit"
      case .rpm: "rpm_limit"
      case .tpd: "tpd_limit"
      case .metadata: "metadata"
      case .tags: "tags"
      case .blocked: "blocked"
      case .type: "key_type"
      }
    }
  }

  /// Budgets of money: there are none yet.
  package static let money = [
    "max_budget", "soft_budget", "budget_duration", "budget_limits", "budget_id", "budget_fallbacks",
    "model_max_budget", "spend", "temp_budget_increase", "temp_budget_expiry", "throttle_on_budget_exceeded",
    "end_user_budget_id",
  ]

  private static let spend: StaticString = "spend"

  /// The label that has the tags.
  static let tagsLabel = "tags"
  private static let limit = 128

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - record: the key as it is now, or a new one.
  ///   - others: members that say which key is meant, or what becomes of it.
  ///   - nullClears: whether `null` takes away what there was: of a key that is there.
  ///   - now: what durations are counted from.
  /// - Throws: 400 that names a member that means nothing here, 422 for one with a value that it does not take.
  package static func edit(
    _ body: JSONValue, of record: KeyRecord, others: [StaticString], nullClears: Bool, at now: Timestamp
  ) throws(RequestFailure) -> KeyEdit {
    guard body.kind == .object else { throw .noObject(body.kind) }
    guard body.count <= limit else {
      throw RequestFailure(422, "The body takes at most \(limit) fields, and got \(body.count).")
    }
    try body.forEachMember { (name, value) throws(RequestFailure) in
      let isKnown = Field.allCases.contains { $0.name.equals(name) }
      if isKnown || others.contains(where: { $0.equals(name) }) { return }
      try refuse(name, value)
    }
    var edit = KeyEdit(of: record)
    for field in Field.allCases {
      guard let value = body[field.name], nullClears || !value.isNull else { continue }
      do throws(RecordError) {
        try read(field, value, into: &edit, at: now)
      } catch {
        throw RequestFailure(error, value.kind)
      }
    }
    return edit
  }

  /// An error of the keys' book, by the member that LiteLLM's clients have said it with.
  static func named(_ error: AccessError) -> AccessError {
    guard case .invalid(let fault) = error else { return error }
    let name: StaticString? =
      switch KeyRecord.Member(name: fault.member) {
      case .name: Field.alias.name
      case .user: Field.user.name
      case .team: Field.team.name
      case .labels: Field.metadata.name
      default: nil
      }
    return name.map { .invalid(RecordError("\($0)", takes: fault.takes)) } ?? error
  }

  /// What a member says that has no meaning here: nothing, or too much. A bound of 0 lets nobody spend anything, and is not to be taken for
  /// none; that 0 was spent is so.
  ///
  /// - Parameter path: where what is meant by money can be said otherwise.
  static func refuse(
    _ name: UnsafeRawBufferPointer, _ value: JSONValue, insteadOf path: String = "/api/v1/admin/keys"
  ) throws(RequestFailure) {
    let isMoney = money.contains { $0.utf8.elementsEqual(name) }
    if value.saysNothing || spend.equals(name) && value.double == 0 { return }
    let name = String(decoding: name.prefix(100), as: UTF8.self)
    throw RequestFailure(
      400,
      isMoney
        ? "“\(name)” is not supported: budgets are of tokens and GPU seconds, by \(path)."
        : "“\(name)” is not supported.", field: name)
  }
}

// MARK: - Members

extension LiteLLMKeyFields {
  private static func read(
    _ field: Field, _ value: JSONValue, into edit: inout KeyEdit, at now: Timestamp
  ) throws(RecordError) {
    switch field {
    case .alias:
      // Without one a key is called by its public part.
      guard !value.saysNothing else { return }
      try rename(edit: &edit, value)
    case .duration: try readDuration(value, into: &edit, at: now)
    case .models: try readModels(value, into: &edit)
    case .user: try readName(value, .user, "user_id", into: &edit)
    case .team: try readName(value, .team, "team_id", into: &edit)
    case .concurrent: edit.add([.number(\.concurrent, try number(value, "max_parallel_requests"))])
    case .tpm: edit.add([.number(\.tpm, try number(value, "tpm_limit"))])
    case .rpm: edit.add([.number(\.rpm, try number(value, "rpm_limit"))])
    case .tpd: edit.add([.number(\.tpd, try number(value, "tpd_limit"))])
    case .metadata: try readMetadata(value, into: &edit)
    case .tags: edit.setLabel(tagsLabel, try tags(value, "tags"))
    case .blocked:
      guard value.isNull || value.bool != nil else { throw RecordError("blocked", takes: "true or false") }
      edit.set(.disabled) { $0.isDisabled = value.bool == true }
    case .type:
      guard !value.isNull else { return }
      let scopes: Scopes
      do throws(RecordError) { scopes = try Scopes(type: value) } catch {
        throw RecordError("key_type", takes: error.takes)
      }
      edit.set(.scopes) { $0.scopes = scopes }
    }
  }

  private static func rename(edit: inout KeyEdit, _ value: JSONValue) throws(RecordError) {
    do throws(RecordError) {
      try edit.set(.name) { (record) throws(RecordError) in try record.set(.name, value) }
    } catch {
      throw RecordError("key_alias", takes: error.takes)
    }
  }

  /// `-1` is for ever, as LiteLLM has it.
  private static func readDuration(
    _ value: JSONValue, into edit: inout KeyEdit, at now: Timestamp
  ) throws(RecordError) {
    if value.saysNothing || value.string?.utf8.elementsEqual("-1".utf8) == true {
      return edit.set(.expiresAt) { $0.expiresAt = nil }
    }
    guard let span = value.string.flatMap(TimeSpanText.duration) else {
      throw RecordError("duration", takes: TimeSpanText.takes)
    }
    edit.set(.expiresAt) { $0.expiresAt = now.adding(span) }
  }

  /// LiteLLM's words for all models and for none. An empty list is none here: who forgets to fill it opens nothing.
  private static func readModels(_ value: JSONValue, into edit: inout KeyEdit) throws(RecordError) {
    if let word = ModelWord(value) { return edit.set(.models) { $0.models = word.rules } }
    try edit.set(.models) { (record) throws(RecordError) in try record.set(.models, value) }
  }

  /// What a list of one such word says.
  enum ModelWord {
    case all, none

    /// Nil for any other value.
    init?(_ value: JSONValue) {
      guard value.kind == .array, value.count == 1 else { return nil }
      var word: String?
      value.forEachElement { word = $0.string }
      guard let word else { return nil }
      if allModels.contains(where: { $0.utf8.elementsEqual(word.utf8) }) {
        self = .all
      } else if noModels.utf8.elementsEqual(word.utf8) {
        self = .none
      } else {
        return nil
      }
    }

    var rules: ModelRules? { self == .all ? nil : ModelRules([]) }
  }

  /// What `/user/new` says of the key that is made with a user.
  static func editOfUsersKey(
    _ body: JSONValue, of record: KeyRecord, at now: Timestamp
  ) throws(RequestFailure) -> KeyEdit {
    var edit = KeyEdit(of: record)
    for field in [Field.alias, .duration] {
      guard let value = body[field.name], !value.isNull else { continue }
      do throws(RecordError) {
        try read(field, value, into: &edit, at: now)
      } catch {
        throw RequestFailure(error, value.kind)
      }
    }
    return edit
  }

  static let allModels = ["all-proxy-models", "all-team-models"]
  private static let noModels = "no-default-models"

  /// An empty text is none.
  private static func readName(
    _ value: JSONValue, _ member: KeyRecord.Member, _ name: String, into edit: inout KeyEdit
  ) throws(RecordError) {
    if value.saysNothing {
      return edit.set(member) { record in
        if member == .user { record.user = nil } else { record.team = nil }
      }
    }
    do throws(RecordError) {
      try edit.set(member) { (record) throws(RecordError) in try record.set(member, value) }
    } catch {
      throw RecordError(name, takes: error.takes)
    }
  }

  static func number(_ value: JSONValue, _ name: String) throws(RecordError) -> Int? {
    if value.isNull { return nil }
    guard let number = value.int, LimitSet.range.contains(number) else {
      throw RecordError(name, takes: "a whole number from 1 on")
    }
    return number
  }
}

// MARK: - Labels

extension LiteLLMKeyFields {
  /// Metadata are the labels: texts, or what can be said as one. `tags` among them are tags.
  private static func readMetadata(_ value: JSONValue, into edit: inout KeyEdit) throws(RecordError) {
    let takes = "an object of at most \(KeyRecord.labelLimit) texts and numbers of at most 256 bytes"
    edit.clearLabels()
    if value.isNull { return }
    guard value.kind == .object, value.count <= KeyRecord.labelLimit else {
      throw RecordError("metadata", takes: takes)
    }
    try value.forEachMember { (name, member) throws(RecordError) in
      if tagsLabel.utf8.elementsEqual(name), member.kind == .array {
        return edit.setLabel(tagsLabel, try tags(member, "metadata.tags"))
      }
      let name = String(decoding: name, as: UTF8.self)
      if member.saysNothing, member.kind != .string { return }
      guard let text = labelText(member), KeyRecord.isLabel(name, text) else {
        throw RecordError("metadata", takes: takes)
      }
      edit.setLabel(name, text)
    }
  }

  private static func labelText(_ value: JSONValue) -> String? {
    switch value.kind {
    case .string: value.string
    case .boolean: value.bool.map { "\($0)" }
    case .number: value.int.map { "\($0)" } ?? value.double.map { "\($0)" }
    case .object, .array, .null: nil
    }
  }

  /// Tags as one text; nil where there are none.
  private static func tags(_ value: JSONValue, _ name: String) throws(RecordError) -> String? {
    if value.saysNothing { return nil }
    let takes = "a list of texts without commas, of at most 256 bytes together"
    guard value.kind == .array, value.count <= 64 else { throw RecordError(name, takes: takes) }
    var tags: [String] = []
    try value.forEachElement { (element) throws(RecordError) in
      guard let tag = element.string, !tag.isEmpty, !tag.utf8.contains(UInt8(ascii: ",")) else {
        throw RecordError(name, takes: takes)
      }
      tags.append(tag)
    }
    let text = tags.joined(separator: ",")
    guard KeyRecord.isLabel(tagsLabel, text) else { throw RecordError(name, takes: takes) }
    return text
  }
}

extension JSONValue {
  /// Whether it is what a client sends that says nothing: `null`, `false`, an empty text, list or object.
  var saysNothing: Bool {
    switch kind {
    case .null: true
    case .boolean: bool == false
    case .string: withUTF8 { $0.isEmpty } ?? true
    case .object, .array: count == 0
    case .number: false
    }
  }
}
