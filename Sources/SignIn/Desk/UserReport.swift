package import Access
package import JSON
internal import System

/// A user as the first system tells of them: never the hash of a password.
package enum UserReport {
  /// One user.
  package static func encode(_ user: UserRecord, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.memberOrNull("email", user.email)
      writer.member("username", user.name.text)
      writer.memberOrNull("full_name", user.fullName)
      writer.member("is_active", !user.isDisabled)
      writer.member("is_superuser", user.scopes.contains(.admin))
      writer.member("is_verified", user.verifiedAt != nil)
      writer.member("id", Int(user.id.number))
      writer.member("created_at", user.createdAt.iso8601)
      writer.memberOrNull("updated_at", user.updatedAt?.iso8601)
      writer.memberOrNull("last_login", user.lastLoginAt?.iso8601)
    }
  }
}

extension JSONWriter {
  /// A member that is there without a value as well.
  mutating func memberOrNull(_ name: StaticString, _ value: String?) {
    if let value { return member(name, value) }
    key(name)
    null()
  }
}
