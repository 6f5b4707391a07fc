package import Access
package import Handling
internal import HTTPFields
package import JSON
internal import Limits
internal import OllamaAPI
package import Passwords
package import System

/// The body of `POST /api/v1/admin/users` and of `PATCH` of a user: what it changes, and the password that it gives, which has to be hashed
/// before.
package struct UserBody: Sendable {
  /// What it changes, but for the password.
  package private(set) var edit: UserEdit
  /// The password that the user gets.
  package private(set) var password: String?

  /// What a body may say.
  private enum Field: String, CaseIterable {
    case name, email
    case fullName = "full_name"
    case password
    /// One that was hashed elsewhere, in place of it.
    case passwordHash = "password_hash"
    case scopes, type, models, team, limits, disabled
    case verified
    case identities

    /// The member of the record whose name and values it has.
    var member: UserRecord.Member? {
      switch self {
      case .password, .passwordHash, .type, .limits, .verified: nil
      default: UserRecord.Member(name: rawValue)
      }
    }

    static let names = allCases.map(\.rawValue)
  }

  /// Members of a body.
  private static let limit = 64

  /// Reads a body. Objects in it change what they name (RFC 7396), everything else takes the place of what was there.
  ///
  /// - Parameters:
  ///   - record: the user as he is now, or a new one.
  ///   - now: the time of day.
  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue, of record: UserRecord, at now: Timestamp) throws(RequestFailure) {
    edit = UserEdit(of: record)
    guard body.kind == .object else { throw .noObject(body.kind) }
    guard body.count <= UserBody.limit else {
      throw RequestFailure(422, "The body takes at most \(UserBody.limit) fields, and got \(body.count).")
    }
    var seen: Set<Field> = []
    try body.forEachMember { (name, value) throws(RequestFailure) in
      guard let field = Field.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name) }) else {
        throw .unknown(name, Field.names)
      }
      guard seen.insert(field).inserted else {
        throw RequestFailure(422, "“\(field.rawValue)” stands there twice.", field: field.rawValue)
      }
      do throws(RecordError) {
        try read(field, value, at: now)
      } catch {
        // What a password was is told to nobody.
        throw RequestFailure(error, value.isScalarLike ? value.kind : nil)
      }
    }
    for (one, other) in [(Field.scopes, Field.type), (.password, .passwordHash)]
    where seen.isSuperset(of: [one, other]) {
      throw RequestFailure(
        422, "“\(one.rawValue)” and “\(other.rawValue)” say the same: give one of them.",
        field: other.rawValue)
    }
  }

  private mutating func read(_ field: Field, _ value: JSONValue, at now: Timestamp) throws(RecordError) {
    if let member = field.member {
      try edit.set(member) { (record) throws(RecordError) in try record.set(member, value) }
      return
    }
    switch field {
    case .password: try readPassword(value)
    case .passwordHash: try readHash(value)
    case .type:
      try edit.set(.scopes) { (record) throws(RecordError) in record.scopes = try Scopes(type: value) }
    case .limits: edit.add(try LimitStep.steps(value))
    case .verified:
      guard value.isNull || value.bool != nil else { throw RecordError("verified", takes: "true or false") }
      edit.set(.verifiedAt) { $0.verifiedAt = value.bool == true ? $0.verifiedAt ?? now : nil }
    default: break
    }
  }

  /// `null`: he cannot sign in by one any more.
  private mutating func readPassword(_ value: JSONValue) throws(RecordError) {
    if value.isNull { return edit.set(.passwordHash) { $0.passwordHash = nil } }
    guard let text = value.string else { throw RecordError("password", takes: "a text") }
    if let fault = PasswordRule.fault(of: text) { throw RecordError("password", fault) }
    password = text
  }

  private mutating func readHash(_ value: JSONValue) throws(RecordError) {
    if value.isNull { return edit.set(.passwordHash) { $0.passwordHash = nil } }
    guard let hash = value.string.flatMap({ PasswordHash($0) }) else {
      throw RecordError("password_hash", takes: UserBody.hashTakes)
    }
    edit.set(.passwordHash) { $0.passwordHash = hash.text }
  }

  /// Continues "takes …".
  package static let hashTakes = "a hash of bcrypt, $2a$, $2b$ or $2y$, of the costs 4 to 12"

  /// The edit with the hash of the password.
  package func edit(hashed hash: PasswordHash?) -> UserEdit {
    var edit = edit
    if let hash { edit.set(.passwordHash) { $0.passwordHash = hash.text } }
    return edit
  }
}

extension RecordError {
  /// A password that nobody may have. Holds nothing of it.
  fileprivate init(_ member: String, _ fault: PasswordFault) {
    self.init(member, takes: "another one: \(fault.sentence)")
  }
}
