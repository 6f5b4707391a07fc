package import Access
package import JSON
internal import Limits
internal import System

/// A team as the admin API and `teams list --json` tell it.
package enum TeamReport {
  /// How many keys each team has, by themselves or by their users.
  package static func counts(of directory: KeyDirectory) -> [TeamName: Int] {
    directory.all.reduce(into: [:]) { counts, grant in
      if let team = grant.key?.team ?? grant.user?.team { counts[team, default: 0] += 1 }
    }
  }

  /// One team.
  ///
  /// - Parameter keys: how many it has.
  package static func encode(_ team: TeamRecord, keys: Int, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", team.name.text)
      writer.key("limits")
      team.limits.encode(into: &writer)
      writer.key("models")
      if let models = team.models {
        writer.array { writer in for model in models.texts { writer.string(model) } }
      } else {
        writer.null()
      }
      writer.member("created_at", team.createdAt.iso8601)
      writer.member("keys", keys)
    }
  }
}
