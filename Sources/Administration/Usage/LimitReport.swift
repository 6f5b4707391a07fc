package import Access
package import JSON
package import Limits
package import System

/// How much of their limits a key, or one of its users, and its team have left.
package enum LimitReport {
  /// - Parameter standings: of each subject, what it has left.
  package static func encode(
    _ standings: [(LimitedSubject, [LimitStanding])], at now: Timestamp, into writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.key("limits")
      writer.array { writer in
        for (subject, standings) in standings {
          for standing in standings { encode(standing, of: subject.subject, at: now, into: &writer) }
        }
      }
    }
  }

  private static func encode(
    _ standing: LimitStanding, of subject: LimitSubject, at now: Timestamp, into writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.member("of", subject.shownName)
      switch standing.kind {
      case .rpm: writer.member("limit", literal: "rpm")
      case .rpd: writer.member("limit", literal: "rpd")
      case .tpm: writer.member("limit", literal: "tpm")
      case .tpd: writer.member("limit", literal: "tpd")
      case .concurrent: writer.member("limit", literal: "concurrent")
      case .streams: writer.member("limit", literal: "streams")
      case .websockets: writer.member("limit", literal: "websockets")
      case .budget(let unit, let period):
        writer.member("limit", literal: "budget")
        writer.member("unit", unit.rawValue)
        writer.member("period", period.rawValue)
      }
      writer.member("amount", standing.limit)
      writer.member("remaining", standing.remaining)
      // One without end is never full again.
      if let fullAgain = standing.fullAgain {
        writer.member("full_at", now.adding(fullAgain).iso8601)
      }
    }
  }
}

extension LimitSubject {
  /// As lists of sessions and accounts name the same.
  fileprivate var shownName: String {
    switch self {
    case .keyUser(let key, let name): Principal.ID.keyUser(key, name).storedName
    case .proxyUser(let name): Principal.ID.proxyUser(name).storedName
    case .key, .user, .team, .address: storedName
    }
  }
}
