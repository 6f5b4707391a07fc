package import JSON
package import Sessions
internal import System

/// What was used, as rows for programs and people.
package struct UsageTable: UsageRows {
  /// What a row has.
  package enum Cell: Equatable, Sendable {
    /// A name; empty where there is none: of a caller without a key, without a team, without a user.
    case name(String)
    case count(Int)
    /// To the millisecond.
    case seconds(Double)
  }

  /// What was asked.
  package let request: UsageRequest
  /// The names of the columns.
  package let columns: [String]
  /// As many cells as columns each.
  package let rows: [[Cell]]
  /// Whether there are more behind these.
  package let hasMore: Bool

  private static let counts: [(name: String, figure: StoredUsage.Figure)] = [
    ("requests", .requests), ("failures", .failures), ("input_tokens", .inputTokens),
    ("cached_tokens", .cachedTokens), ("output_tokens", .outputTokens),
  ]
  private static let times: [(name: String, figures: [StoredUsage.Figure])] = [
    ("gpu_seconds", [.promptTime, .evalTime]), ("prompt_seconds", [.promptTime]),
    ("eval_seconds", [.evalTime]), ("load_seconds", [.loadTime]), ("wait_seconds", [.waitTime]),
  ]

  /// - Parameters:
  ///   - sums: those of the request's question, and one more where there are more.
  ///   - keyNames: what the keys are called, by their public parts.
  package init(_ request: UsageRequest, _ sums: [StoredUsage], keyNames: (String) -> String?) {
    self.request = request
    hasMore = sums.count > request.question.limit
    columns =
      request.groups.flatMap { $0 == .key ? ["key", "key_name"] : [$0.rawValue] }
      + UsageTable.counts.map(\.name) + UsageTable.times.map(\.name) + ["sent_bytes"]
    // What was counted of no known model, and is a model's own by now, has left a row of nothing.
    let sums = sums.prefix(request.question.limit).filter { sum in
      request.groups.isEmpty || StoredUsage.Figure.allCases.contains { sum[$0] != 0 }
    }
    rows = sums.map { sum in
      request.groups.flatMap { UsageTable.cells($0, sum.account, keyNames) }
        + UsageTable.counts.map { .count(sum[$0.figure]) }
        + UsageTable.times.map { .seconds(UsageTable.seconds(sum, $0.figures)) }
        + [.count(sum[.sentBytes])]
    }
  }

  private static func cells(
    _ group: UsageRequest.Grouping, _ account: StoredUsage.Account, _ keyNames: (String) -> String?
  ) -> [Cell] {
    switch group {
    case .key: [.name(account.key), .name(account.key.isEmpty ? "" : keyNames(account.key) ?? "")]
    case .team: [.name(account.team)]
    case .user: [.name(account.user)]
    case .model: [.name(account.model)]
    case .day: [.name(String(decoding: time(account.hour).utf8.prefix(10), as: UTF8.self))]
    case .hour: [.name(String(decoding: time(account.hour).utf8.prefix(13), as: UTF8.self) + ":00:00Z")]
    }
  }

  private static func time(_ hour: Int) -> String {
    let (milliseconds, overflow) = hour.multipliedReportingOverflow(by: 3_600_000)
    return Timestamp(millisecondsSince1970: Int64(overflow ? .max : milliseconds)).iso8601
  }

  /// Sums are far below what overflows.
  private static func seconds(_ sum: StoredUsage, _ figures: [StoredUsage.Figure]) -> Double {
    let microseconds = figures.reduce(0.0) { $0 + Double(sum[$1]) }
    return (microseconds / 1000).rounded() / 1000
  }

  /// Writes the document of the admin API.
  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("from", request.from.iso8601)
      writer.member("to", request.to.iso8601)
      writer.key("group_by")
      writer.array { writer in for group in request.groups { writer.string(group.rawValue) } }
      writer.key("usage")
      writer.array { writer in for place in rows.indices { encodeRow(place, into: &writer) } }
      writer.member("skip", request.question.skip)
      writer.member("limit", request.question.limit)
      writer.member("has_more", hasMore)
    }
  }

  /// How many columns have names and times; the rest have numbers.
  package var namedColumns: Int {
    columns.count - UsageTable.counts.count - UsageTable.times.count - 1
  }
}
