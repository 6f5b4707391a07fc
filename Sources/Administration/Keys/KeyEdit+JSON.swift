package import Access
package import Handling
internal import HTTPFields
package import JSON
internal import Limits
internal import OllamaAPI
package import System

// The body of `POST /api/v1/admin/keys` and of `PATCH` of a key.
extension KeyEdit {
  /// What a body may say.
  enum Field: String, CaseIterable {
    case name, scopes, type, models, user, team, labels, priority, weight
    case expiresAt = "expires_at"
    case expiresIn = "expires_in"
    case disabled
    case allowedIPs = "allowed_ips"
    case mayActForUsers = "may_act_for_users"
    case limits
    /// A key that was made elsewhere: of a new key alone.
    case key

    /// The member of the record whose name and values it has.
    var member: KeyRecord.Member? {
      switch self {
      case .type, .expiresIn, .labels, .limits, .key: nil
      default: KeyRecord.Member(name: rawValue)
      }
    }

    static let names = allCases.map(\.rawValue)
  }

  /// Members of a body.
  private static let limit = 64

  /// Reads a body. Objects in it change what they name (RFC 7396), everything else takes the place of what was there.
  ///
  /// - Parameters:
  ///   - record: the key as it is now, or a new one.
  ///   - isNew: whether it may have a key that was made elsewhere.
  ///   - now: what spans of time are counted from.
  /// - Throws: 422 that names the field.
  package init(
    _ body: JSONValue, of record: KeyRecord, isNew: Bool, at now: Timestamp
  ) throws(RequestFailure) {
    self.init(of: record)
    guard body.kind == .object else { throw .noObject(body.kind) }
    guard body.count <= KeyEdit.limit else {
      throw RequestFailure(422, "The body takes at most \(KeyEdit.limit) fields, and got \(body.count).")
    }
    var seen: Set<Field> = []
    try body.forEachMember { (name, value) throws(RequestFailure) in
      guard let field = Field.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name) }),
        isNew || field != .key
      else { throw .unknown(name, Field.names.filter { isNew || $0 != Field.key.rawValue }) }
      guard seen.insert(field).inserted else {
        throw RequestFailure(422, "“\(field.rawValue)” stands there twice.", field: field.rawValue)
      }
      do throws(RecordError) {
        try read(field, value, at: now)
      } catch {
        throw RequestFailure(error, value.isScalarLike ? value.kind : nil)
      }
    }
    for (one, other) in [(Field.scopes, Field.type), (.expiresAt, .expiresIn)]
    where seen.isSuperset(of: [one, other]) {
      throw RequestFailure(
        422, "“\(one.rawValue)” and “\(other.rawValue)” say the same: give one of them.",
        field: other.rawValue)
    }
  }

  private mutating func read(_ field: Field, _ value: JSONValue, at now: Timestamp) throws(RecordError) {
    if let member = field.member {
      try set(member) { (record) throws(RecordError) in try record.set(member, value) }
      return
    }
    switch field {
    case .type: try set(.scopes) { (record) throws(RecordError) in record.scopes = try Scopes(type: value) }
    case .expiresIn:
      let expiry = try KeyEdit.expiry(value, at: now)
      set(.expiresAt) { $0.expiresAt = expiry }
    case .labels: try readLabels(value)
    case .limits: add(try LimitStep.steps(value))
    default: break
    }
  }

  private static func expiry(_ value: JSONValue, at now: Timestamp) throws(RecordError) -> Timestamp? {
    if value.isNull { return nil }
    guard let span = value.string.flatMap(TimeSpanText.duration) else {
      throw RecordError("expires_in", takes: TimeSpanText.takes)
    }
    return now.adding(span)
  }

  /// `null` in place of a text takes the label away.
  private mutating func readLabels(_ value: JSONValue) throws(RecordError) {
    if value.isNull { return clearLabels() }
    guard value.kind == .object, value.count <= KeyRecord.labelLimit else {
      throw RecordError("labels", takes: KeyRecord.labelsTake)
    }
    try value.forEachMember { (name, text) throws(RecordError) in
      let name = String(decoding: name, as: UTF8.self)
      guard !text.isNull else { return setLabel(name, nil) }
      guard let text = text.string, KeyRecord.isLabel(name, text) else {
        throw RecordError("labels", takes: KeyRecord.labelsTake)
      }
      setLabel(name, text)
    }
  }
}

extension Scopes {
  /// Reads the type of a key.
  init(type value: JSONValue) throws(RecordError) {
    let takes = "one of " + Preset.allCases.map(\.rawValue).joined(separator: ", ")
    guard let text = value.string, let preset = Preset(bytesOf: text) else {
      throw RecordError("type", takes: takes)
    }
    self = preset.scopes
  }
}

extension JSONValue {
  /// Whether its kind alone may be what is wrong with it.
  var isScalarLike: Bool { kind != .object && kind != .array }
}
