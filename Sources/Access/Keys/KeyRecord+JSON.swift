public import JSON
internal import Limits
internal import System

extension KeyRecord {
  /// Reads a document. `id`, `name`, `hash` must be there; `created_at` too, but in a file.
  ///
  /// - Throws: what is wrong, by its member: an unknown one as well, as a misspelt bound would be none.
  public init(_ json: JSONValue, source: Source) throws(RecordError) {
    guard json.kind == .object else { throw RecordError("", takes: "an object") }
    guard let id = json["id"] else { throw RecordError("id", takes: "the public part of a key") }
    guard let name = json["name"] else { throw RecordError("name", takes: RecordForm.nameTakes) }
    guard let hash = json["hash"] else { throw RecordError("hash", takes: "the SHA-256 of a key") }
    guard source == .file || json["created_at"] != nil else {
      throw RecordError("created_at", takes: "a time")
    }
    self.init(
      id: try KeyRecord.id(id), name: try KeyRecord.name(name), secret: try KeyRecord.digest(hash, "hash"),
      createdAt: Timestamp(millisecondsSince1970: 0))
    self.source = source
    try json.members("") { (name, value) throws(RecordError) in
      let members = source == .file ? Member.ofFiles : Member.allCases
      guard let member = Member(name: name), members.contains(member) else {
        throw RecordError(name, takes: "one of " + members.map(\.rawValue).joined(separator: ", "))
      }
      try set(member, value)
    }
  }

  /// Writes a document that reads back as this, but for ``source``.
  public func encode(into writer: inout JSONWriter) {
    writer.object { encodeMembers(into: &$0, withDigests: true) }
  }

  /// Writes the members into an object that is being written.
  ///
  /// - Parameter withDigests: whether those by which the key is known are among them: they are for stores and files alone.
  public func encodeMembers(into writer: inout JSONWriter, withDigests: Bool) {
    writer.member("id", id.text)
    writer.member("name", name)
    if withDigests { writer.member("hash", secret.hexadecimal) }
    if isCustom { writer.member("custom", true) }
    if withDigests, let fileSecret { writer.member("file_hash", fileSecret.hexadecimal) }
    if let earlier { encode(earlier, withDigests: withDigests, into: &writer) }
    writer.texts("scopes", scopes.names)
    if let models { writer.texts("models", models.texts) }
    if let user { writer.member("user", user.text) }
    if let team { writer.member("team", team.text) }
    if !labels.isEmpty {
      writer.key("labels")
      writer.object { writer in
        for (name, text) in labels.sorted(by: { $0.key < $1.key }) {
          writer.key(text: name)
          writer.string(text)
        }
      }
    }
    writer.member("priority", priority.rawValue)
    writer.member("weight", weight)
    writer.member("created_at", createdAt.iso8601)
    if let expiresAt { writer.member("expires_at", expiresAt.iso8601) }
    writer.member("disabled", isDisabled)
    if let allowedIPs { writer.texts("allowed_ips", allowedIPs.map(\.description)) }
    if mayActForUsers { writer.member("may_act_for_users", true) }
    if isMadeByUser { writer.member("made_by_user", true) }
    if !limits.isEmpty {
      writer.key("limits")
      limits.encode(into: &writer)
    }
  }

  private func encode(_ earlier: EarlierSecret, withDigests: Bool, into writer: inout JSONWriter) {
    writer.key("earlier")
    writer.object { writer in
      if withDigests { writer.member("hash", earlier.secret.hexadecimal) }
      if earlier.isCustom { writer.member("custom", true) }
      writer.member("valid_until", earlier.validUntil.iso8601)
    }
  }
}

extension KeyRecord.EarlierSecret {
  init(_ json: JSONValue) throws(RecordError) {
    let custom = json["custom"]
    guard json.kind == .object, json.count == (custom == nil ? 2 : 3), let hash = json["hash"],
      let validUntil = json["valid_until"]
    else { throw RecordError("earlier", takes: "an object of hash, valid_until and custom") }
    do throws(RecordError) {
      self.init(
        secret: try KeyRecord.digest(hash, "hash"), isCustom: try custom?.flag("custom") ?? false,
        validUntil: try validUntil.time("valid_until"))
    } catch {
      throw error.within("earlier")
    }
  }
}

extension TeamRecord {
  /// Reads a document. `name` must be there.
  ///
  /// - Throws: what is wrong, by its member: an unknown one as well.
  public init(_ json: JSONValue) throws(RecordError) {
    guard json.kind == .object, let name = json["name"] else {
      throw RecordError("name", takes: AccountNameForm.takes)
    }
    guard let name = TeamName(try name.text("name", takes: AccountNameForm.takes)) else {
      throw RecordError("name", takes: AccountNameForm.takes)
    }
    self.init(name: name, createdAt: Timestamp(millisecondsSince1970: 0))
    try json.members("") { (member, value) throws(RecordError) in
      switch member.utf8.count {
      case _ where member.utf8.elementsEqual("name".utf8): break
      case _ where member.utf8.elementsEqual("models".utf8): models = try value.modelRules("models")
      case _ where member.utf8.elementsEqual("created_at".utf8): createdAt = try value.time("created_at")
      case _ where member.utf8.elementsEqual("limits".utf8):
        do throws(RecordError) { limits = try LimitSet(value) } catch { throw error.within("limits") }
      default: throw RecordError(member, takes: "one of name, limits, models, created_at")
      }
    }
  }

  /// Writes a document that reads back as this.
  public func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name.text)
      writer.key("limits")
      limits.encode(into: &writer)
      if let models { writer.texts("models", models.texts) }
      writer.member("created_at", createdAt.iso8601)
    }
  }
}

extension JSONWriter {
  /// A member that is a list of texts.
  mutating func texts(_ name: StaticString, _ texts: [String]) {
    key(name)
    array { writer in for text in texts { writer.string(text) } }
  }
}
