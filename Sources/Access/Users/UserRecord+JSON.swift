public import JSON
internal import Limits
internal import System

extension UserRecord {
  /// Reads a document. `id`, `name` and `created_at` must be there.
  ///
  /// - Throws: what is wrong, by its member: an unknown one as well.
  public init(_ json: JSONValue) throws(RecordError) {
    guard json.kind == .object else { throw RecordError("", takes: "an object") }
    guard let id = json["id"] else { throw RecordError("id", takes: "the number of a user") }
    guard let name = json["name"] else { throw RecordError("name", takes: AccountNameForm.takes) }
    guard json["created_at"] != nil else { throw RecordError("created_at", takes: "a time") }
    self.init(
      id: try UserRecord.id(id), name: try UserRecord.name(name),
      createdAt: Timestamp(millisecondsSince1970: 0))
    try json.members("") { (name, value) throws(RecordError) in
      guard let member = Member(name: name) else {
        throw RecordError(name, takes: "one of " + Member.allCases.map(\.rawValue).joined(separator: ", "))
      }
      try set(member, value)
    }
  }

  /// Writes a document that reads back as this.
  public func encode(into writer: inout JSONWriter) {
    writer.object { encodeMembers(into: &$0, withSecrets: true) }
  }

  /// Writes the members into an object that is being written.
  ///
  /// - Parameter withSecrets: whether the hash of the password, the digests of links, and from where he has signed in are among them: they
  ///   are for stores alone.
  public func encodeMembers(into writer: inout JSONWriter, withSecrets: Bool) {
    writer.member("id", Int(id.number))
    writer.member("name", name.text)
    if let email { writer.member("email", email) }
    if let fullName { writer.member("full_name", fullName) }
    if withSecrets, let passwordHash { writer.member("password_hash", passwordHash) }
    writer.texts("scopes", scopes.names)
    if let models { writer.texts("models", models.texts) }
    if let team { writer.member("team", team.text) }
    if !limits.isEmpty {
      writer.key("limits")
      limits.encode(into: &writer)
    }
    writer.member("disabled", isDisabled)
    encodeTimes(into: &writer)
    if withSecrets { encodeSecrets(into: &writer) }
    if !identities.isEmpty {
      writer.key("identities")
      writer.array { writer in for identity in identities { identity.encode(into: &writer) } }
    }
  }

  private func encodeTimes(into writer: inout JSONWriter) {
    writer.member("created_at", createdAt.iso8601)
    if let updatedAt { writer.member("updated_at", updatedAt.iso8601) }
    if let verifiedAt { writer.member("verified_at", verifiedAt.iso8601) }
    if let lastLoginAt { writer.member("last_login_at", lastLoginAt.iso8601) }
    if let passwordChangedAt { writer.member("password_changed_at", passwordChangedAt.iso8601) }
    if let resetAskedAt { writer.member("reset_asked_at", resetAskedAt.iso8601) }
    if let unlockedAt { writer.member("unlocked_at", unlockedAt.iso8601) }
  }

  private func encodeSecrets(into writer: inout JSONWriter) {
    writer.member("generation", generation)
    if let signedOutAt { writer.member("signed_out_at", signedOutAt.iso8601) }
    if isEmailClaimed { writer.member("email_claimed", true) }
    if isRegistered { writer.member("registered", true) }
    if let reset { encode(reset, as: "reset", into: &writer) }
    if let verification { encode(verification, as: "verification", into: &writer) }
    guard !places.isEmpty else { return }
    writer.key("places")
    writer.array { writer in
      for place in places {
        writer.object { writer in
          writer.member("place", place.place)
          writer.member("seen_at", place.seenAt.iso8601)
        }
      }
    }
  }

  private func encode(_ link: Link, as name: StaticString, into writer: inout JSONWriter) {
    writer.key(name)
    writer.object { writer in
      writer.member("digest", link.digest.hexadecimal)
      writer.member("valid_until", link.validUntil.iso8601)
    }
  }
}
