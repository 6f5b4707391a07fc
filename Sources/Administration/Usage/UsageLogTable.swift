package import JSON
package import Sessions
internal import System

/// Requests of the log, as rows for programs and people.
package struct UsageLogTable: UsageRows {
  package static let columnNames =
    [
      "time", "request_id", "key", "key_name", "team", "user", "model", "digest", "server", "dialect",
      "status",
    ]
    + counts.map(\.name) + times.map(\.name)

  package let columns = UsageLogTable.columnNames
  package let rows: [[UsageTable.Cell]]
  package let namedColumns = 10
  /// What was asked.
  package let question: UsageLogQuestion
  /// Whether there are more behind these.
  package let hasMore: Bool

  private static let counts: [(name: String, figure: StoredUsage.Figure)] = [
    ("input_tokens", .inputTokens), ("cached_tokens", .cachedTokens), ("output_tokens", .outputTokens),
    ("sent_bytes", .sentBytes),
  ]
  private static let times: [(name: String, figure: StoredUsage.Figure)] = [
    ("wait_seconds", .waitTime), ("load_seconds", .loadTime), ("prompt_seconds", .promptTime),
    ("eval_seconds", .evalTime),
  ]

  /// - Parameters:
  ///   - entries: those of the question, and one more where there are more.
  ///   - keyNames: what the keys are called, by their public parts.
  package init(_ question: UsageLogQuestion, _ entries: [StoredUsageEntry], keyNames: (String) -> String?) {
    self.question = question
    hasMore = entries.count > question.limit
    rows = entries.prefix(question.limit).map { entry in
      let account = entry.usage.account
      let names: [UsageTable.Cell] = [
        entry.place.time.iso8601, entry.requestID, account.key,
        account.key.isEmpty ? "" : keyNames(account.key) ?? "", account.team, account.user, account.model,
        entry.digest, entry.server, entry.dialect,
      ].map { .name($0) }
      return names + [.count(entry.status)] + UsageLogTable.counts.map { .count(entry.usage[$0.figure]) }
        + UsageLogTable.times.map { .seconds((Double(entry.usage[$0.figure]) / 1000).rounded() / 1000) }
    }
  }

  /// Writes the document of the admin API.
  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("from", question.from.iso8601)
      writer.member("to", question.to.iso8601)
      writer.key("requests")
      writer.array { writer in for place in rows.indices { encodeRow(place, into: &writer) } }
      writer.member("skip", question.skip)
      writer.member("limit", question.limit)
      writer.member("has_more", hasMore)
    }
  }
}
