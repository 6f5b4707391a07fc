package import Access
package import JSON
package import System

/// A user as the admin API and `users list --json` tell him: never his password, the hash of that, or the secret of a link.
package enum UserReport {
  /// Whether a user is let in.
  package enum Status: String, CaseIterable, Sendable {
    case active
    case disabled
  }

  /// How many keys each user has, by his name.
  package static func keyCounts(of keys: some Sequence<KeyRecord>) -> [UserName: Int] {
    keys.reduce(into: [:]) { counts, key in
      if let user = key.user { counts[user, default: 0] += 1 }
    }
  }

  /// One user.
  ///
  /// - Parameter keys: how many he has.
  package static func encode(
    _ record: UserRecord, keys: Int, at now: Timestamp, into writer: inout JSONWriter
  ) {
    writer.object { writer in
      record.encodeMembers(into: &writer, withSecrets: false)
      writer.member("status", record.status.rawValue)
      writer.member("password", record.passwordHash != nil)
      writer.member("verified", record.verifiedAt != nil)
      if let reset = record.reset, reset.validUntil > now {
        writer.member("reset_valid_until", reset.validUntil.iso8601)
      }
      writer.member("keys", keys)
    }
  }
}

extension UserRecord {
  /// Whether he is let in.
  package var status: UserReport.Status { isDisabled ? .disabled : .active }
}
