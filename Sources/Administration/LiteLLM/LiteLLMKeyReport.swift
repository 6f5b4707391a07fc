package import Access
package import JSON
internal import Limits
package import System

/// A key as LiteLLM's clients read it: with the members of theirs that mean something here, and those without which they stumble.
package enum LiteLLMKeyReport {
  /// The object of `/key/info` and of a list of whole objects.
  package static func encode(
    _ record: KeyRecord, of directory: KeyDirectory, at now: Timestamp, into writer: inout JSONWriter
  ) {
    writer.object { encodeMembers(record, of: directory, at: now, into: &$0) }
  }

  /// The members, into an object that is being written.
  ///
  /// - Parameter key: the key itself, where it was made just now.
  package static func encodeMembers(
    _ record: KeyRecord, key: KeyText? = nil, of directory: KeyDirectory, at now: Timestamp,
    into writer: inout JSONWriter
  ) {
    if let key {
      writer.member("key", key.text)
      writer.member("token_id", record.id.text)
    } else {
      writer.member("token", record.id.text)
    }
    writer.member("key_name", record.isCustom ? record.id.text : "sk-og-\(record.id)-...")
    writer.member("key_alias", record.name)
    writer.member("status", directory.status(of: record, at: now).litellm)
    writer.text("user_id", record.user?.text)
    writer.text("team_id", record.team?.text)
    writer.key("models")
    writer.array { writer in
      for model in record.models?.texts ?? [LiteLLMKeyFields.allModels[0]] { writer.string(model) }
    }
    writer.text("expires", record.expiresAt?.iso8601)
    writer.member("blocked", record.isDisabled)
    writer.number("max_parallel_requests", record.limits.concurrent)
    writer.number("tpm_limit", record.limits.tpm)
    writer.number("rpm_limit", record.limits.rpm)
    writer.number("tpd_limit", record.limits.tpd)
    writer.text("key_type", Scopes.Preset.allCases.first { $0.scopes == record.scopes }?.rawValue)
    encodeLabels(record, into: &writer)
    writer.member("created_at", record.createdAt.iso8601)
    // Of money there is nothing to tell.
    writer.member("spend", 0)
    for name: StaticString in ["max_budget", "soft_budget", "budget_duration", "budget_reset_at"] {
      writer.text(name, nil)
    }
    for name: StaticString in ["aliases", "config", "permissions"] {
      writer.key(name)
      writer.object { _ in }
    }
    writer.key("allowed_routes")
    writer.array { _ in }
  }

  private static func encodeLabels(_ record: KeyRecord, into writer: inout JSONWriter) {
    writer.key("metadata")
    writer.object { writer in
      for (name, text) in record.labels.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
      where !name.utf8.elementsEqual(LiteLLMKeyFields.tagsLabel.utf8) {
        var name = name
        name.withUTF8 { writer.key(utf8: UnsafeRawBufferPointer($0)) }
        writer.string(text)
      }
    }
    writer.key("tags")
    writer.array { writer in
      let tags = record.labels[LiteLLMKeyFields.tagsLabel] ?? ""
      for tag in tags.utf8.split(separator: UInt8(ascii: ",")) {
        writer.string(String(decoding: tag, as: UTF8.self))
      }
    }
  }
}

extension JSONWriter {
  /// A member with a text, or `null`.
  mutating func text(_ name: StaticString, _ text: String?) {
    key(name)
    if let text { string(text) } else { null() }
  }

  /// A member with a number, or `null`.
  mutating func number(_ name: StaticString, _ number: Int?) {
    key(name)
    if let number { integer(number) } else { null() }
  }
}
