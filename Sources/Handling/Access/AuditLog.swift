package import Access
package import Logging

/// A line of the log for each administrative act: who has done what to which key, user or team. Never a key, nor the digest of one.
package struct AuditLog: Sendable {
  /// What was done.
  package enum Act: String, Sendable {
    case makeKey = "key.make"
    case changeKey = "key.change"
    case rotateKey = "key.rotate"
    case deleteKey = "key.delete"
    case makeUser = "user.make"
    case changeUser = "user.change"
    case deleteUser = "user.delete"
    case makeReset = "user.reset"
    case makeVerification = "user.verification"
    case unlockUser = "user.unlock"
    case signOutUser = "user.sign-out"
    case linkUser = "user.link"
    case replayToken = "token.replay"
    case putTeam = "team.put"
    case deleteTeam = "team.delete"
    case adoptSessions = "sessions.adopt"
  }

  private let logger: Logger

  /// - Parameter logger: the program's.
  package init(_ logger: Logger) { self.logger = logger }

  /// Notes what was done.
  ///
  /// - Parameters:
  ///   - key: the key that it was done to.
  ///   - user: the user that it was done to.
  ///   - team: the team that it was done to.
  ///   - changes: the names of the members that it has changed.
  ///   - sessions: how many it was done to.
  package func note(
    _ act: Act, key: KeyRecord? = nil, user: UserRecord? = nil, team: TeamName? = nil, changes: [String] = [],
    sessions: Int? = nil,
    by request: GatewayRequest
  ) {
    var metadata: Logger.Metadata = ["act": "\(act.rawValue)", "request_id": "\(request.id)"]
    if let key {
      metadata["key"] = "\(key.id)"
      metadata["name"] = "\(key.name)"
    }
    if let user {
      metadata["user"] = "\(user.id)"
      metadata["user_name"] = "\(user.name)"
    }
    if let team { metadata["team"] = "\(team)" }
    if !changes.isEmpty { metadata["changed"] = "\(changes.joined(separator: ","))" }
    if let sessions { metadata["sessions"] = .stringConvertible(sessions) }
    if let grant = request.principal?.grant {
      if let key = grant.key {
        metadata["by"] = "\(key.id)"
        metadata["by_name"] = "\(key.name)"
      }
      if let user = grant.user { metadata["by_user"] = "\(user.name)" }
    }
    logger.notice("audit", metadata: metadata)
  }
}
