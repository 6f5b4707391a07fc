internal import Bytes
internal import HTTPFields
public import JSON
internal import Limits
internal import System

// The members of a user's document, which stores and the admin API have in common.
extension UserRecord {
  /// A member that says something of the user, by its name.
  public enum Member: String, CaseIterable, Sendable {
    case id, name, email
    case fullName = "full_name"
    case passwordHash = "password_hash"
    case scopes, models, team, limits, disabled
    case verifiedAt = "verified_at"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case lastLoginAt = "last_login_at"
    case passwordChangedAt = "password_changed_at"
    case generation, identities, reset
    case resetAskedAt = "reset_asked_at"
    case verification, places
    case unlockedAt = "unlocked_at"
    case signedOutAt = "signed_out_at"
    case emailClaimed = "email_claimed"
    case registered

    /// The member of this name; nil if there is none.
    public init?(name: String) { self.init(bytesOf: name) }
  }

  /// Gives one member the value of a document. `null` gives it back what it is without one. ``Member/id`` stays as it is.
  ///
  /// - Throws: if the member does not take the value.
  public mutating func set(_ member: Member, _ json: JSONValue) throws(RecordError) {
    let key = member.rawValue
    switch member {
    case .id: _ = try UserRecord.id(json)
    case .name: name = try UserRecord.name(json)
    case .email: email = json.isNull ? nil : try UserRecord.email(json)
    case .fullName: fullName = json.isNull ? nil : try UserRecord.fullName(json)
    case .passwordHash: passwordHash = json.isNull ? nil : try UserRecord.passwordHash(json)
    case .scopes: scopes = json.isNull ? Scopes.Preset.standard.scopes : try KeyRecord.scopes(json)
    case .models: models = try json.modelRules(key)
    case .team: team = try KeyRecord.accountName(json, key, TeamName.init)
    case .limits:
      do throws(RecordError) { limits = try LimitSet(json) } catch { throw error.within(key) }
    case .disabled: isDisabled = try json.flag(key)
    case .createdAt: createdAt = try json.time(key)
    case .generation: generation = json.isNull ? 1 : try json.whole(key, in: 1...(1 << 53))
    case .identities: identities = json.isNull ? [] : try UserRecord.identities(json)
    case .reset: reset = json.isNull ? nil : try Link(json, key)
    case .verification: verification = json.isNull ? nil : try Link(json, key)
    case .places: places = json.isNull ? [] : try UserRecord.places(json)
    case .verifiedAt: verifiedAt = try UserRecord.time(json, key)
    case .updatedAt: updatedAt = try UserRecord.time(json, key)
    case .lastLoginAt: lastLoginAt = try UserRecord.time(json, key)
    case .passwordChangedAt: passwordChangedAt = try UserRecord.time(json, key)
    case .resetAskedAt: resetAskedAt = try UserRecord.time(json, key)
    case .unlockedAt: unlockedAt = try UserRecord.time(json, key)
    case .signedOutAt: signedOutAt = try UserRecord.time(json, key)
    case .emailClaimed: isEmailClaimed = try json.flag(key)
    case .registered: isRegistered = try json.flag(key)
    }
  }

  static func id(_ json: JSONValue) throws(RecordError) -> UserID {
    guard let number = json.int, let id = UserID(Int64(number)) else {
      throw RecordError("id", takes: "the number of a user, from 1 on")
    }
    return id
  }

  static func name(_ json: JSONValue) throws(RecordError) -> UserName {
    guard let name = UserName(try json.text("name", takes: UserName.takes)) else {
      throw RecordError("name", takes: UserName.takes)
    }
    return name
  }

  private static func email(_ json: JSONValue) throws(RecordError) -> String {
    let text = try json.text("email", takes: EmailAddress.takes)
    guard EmailAddress.holds(text) else { throw RecordError("email", takes: EmailAddress.takes) }
    return text
  }

  /// Continues "takes …".
  package static let fullNameTakes = "a text of at most \(longestFullName) bytes without control characters"

  /// Whether it may be a ``fullName``.
  package static func isFullName(_ text: String) -> Bool {
    text.utf8.count <= longestFullName && RecordForm.isPrintable(text)
  }

  private static func fullName(_ json: JSONValue) throws(RecordError) -> String {
    let text = try json.text("full_name", takes: fullNameTakes)
    guard isFullName(text) else { throw RecordError("full_name", takes: fullNameTakes) }
    return text
  }

  private static func passwordHash(_ json: JSONValue) throws(RecordError) -> String {
    let takes = "the 60 characters of a bcrypt hash"
    let text = try json.text("password_hash", takes: takes)
    guard text.utf8.count == 60, text.utf8.starts(with: "$2".utf8), text.utf8.allSatisfy(ASCII.isVisible)
    else {
      throw RecordError("password_hash", takes: takes)
    }
    return text
  }

  private static func time(_ json: JSONValue, _ key: String) throws(RecordError) -> Timestamp? {
    json.isNull ? nil : try json.time(key)
  }

  private static func identities(_ json: JSONValue) throws(RecordError) -> [IssuerIdentity] {
    guard json.kind == .array, json.count <= identityLimit else {
      throw RecordError("identities", takes: "a list of at most \(identityLimit)")
    }
    var identities: [IssuerIdentity] = []
    try json.forEachElement { (element) throws(RecordError) in identities.append(try IssuerIdentity(element))
    }
    return identities
  }

  private static func places(_ json: JSONValue) throws(RecordError) -> [Place] {
    let takes = "a list of at most \(placeLimit) objects of place and seen_at"
    guard json.kind == .array, json.count <= placeLimit else { throw RecordError("places", takes: takes) }
    var places: [Place] = []
    try json.forEachElement { (element) throws(RecordError) in
      guard element.kind == .object, let place = element["place"]?.string, AccountNameForm.holds(place),
        let seenAt = element["seen_at"]
      else { throw RecordError("places", takes: takes) }
      places.append(Place(place: place, seenAt: try seenAt.time("seen_at")))
    }
    return places
  }
}

extension UserRecord.Link {
  fileprivate init(_ json: JSONValue, _ key: String) throws(RecordError) {
    guard json.kind == .object, json.count == 2, let digest = json["digest"],
      let validUntil = json["valid_until"]
    else { throw RecordError(key, takes: "an object of digest and valid_until") }
    do throws(RecordError) {
      self.init(
        digest: try KeyRecord.digest(digest, "digest"), validUntil: try validUntil.time("valid_until"))
    } catch { throw error.within(key) }
  }
}
