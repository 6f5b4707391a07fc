internal import Access
internal import JSON
internal import Limits
internal import System

/// A user as LiteLLM's clients read him: with the members of theirs that mean something here, and those without which they stumble.
enum LiteLLMUserReport {
  /// The object of `/user/info` and of a list.
  ///
  /// - Parameter keys: how many he has; nil: it is not told.
  static func encode(_ record: UserRecord, keys: Int? = nil, into writer: inout JSONWriter) {
    writer.object { writer in
      encodeMembers(record, into: &writer)
      if let keys { writer.member("key_count", keys) }
    }
  }

  /// The members, into an object that is being written.
  static func encodeMembers(_ record: UserRecord, into writer: inout JSONWriter) {
    writer.member("user_id", record.name.text)
    writer.text("user_alias", record.fullName)
    writer.text("user_email", record.email)
    writer.member("user_role", LiteLLMUserFields.Role(record.scopes).rawValue)
    writer.key("teams")
    writer.array { writer in if let team = record.team { writer.string(team.text) } }
    writer.text("team_id", record.team?.text)
    writer.key("models")
    writer.array { writer in
      for model in record.models?.texts ?? [LiteLLMKeyFields.allModels[0]] { writer.string(model) }
    }
    writer.number("max_parallel_requests", record.limits.concurrent)
    writer.number("tpm_limit", record.limits.tpm)
    writer.number("rpm_limit", record.limits.rpm)
    writer.number("tpd_limit", record.limits.tpd)
    writer.member("blocked", record.isDisabled)
    writer.member("created_at", record.createdAt.iso8601)
    writer.text("updated_at", record.updatedAt?.iso8601)
    // Of money there is nothing to tell.
    writer.member("spend", 0)
    for name: StaticString in ["max_budget", "budget_duration", "budget_reset_at"] { writer.text(name, nil) }
    for name: StaticString in ["metadata", "model_max_budget"] {
      writer.key(name)
      writer.object { _ in }
    }
  }
}
