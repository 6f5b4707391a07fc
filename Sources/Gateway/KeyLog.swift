internal import Access
internal import AccessStorage
internal import Administration
internal import Configuration
internal import Handling
internal import Logging
internal import Sessions

/// What the log says of keys and usage.
struct KeyLog: Sendable {
  let logger: Logger

  /// At the start, and at a reload.
  func warn(of directory: KeyDirectory, _ configuration: Configuration) {
    warnOfTeams(in: directory)
    guard directory.isClosed, configuration.auth == .automatic, configuration.keysFile == nil else { return }
    if directory.isEmpty {
      logger.warning("access is closed, and \(KeyWarning.nobody)")
    } else {
      logger.warning("keys or users have closed access, \(KeyWarning.missingAuth)")
    }
  }

  /// Keys of the operator's file may name any team.
  private func warnOfTeams(in directory: KeyDirectory) {
    let homeless = directory.keys.filter { record in
      record.team.map { directory.team($0) == nil } ?? false
    }
    for record in homeless.prefix(KeyLog.homelessLimit) {
      logger.warning(
        "the key names a team that there is not: no limits and no models of a team hold for it",
        metadata: ["key": "\(record.id)", "team": "\(record.team?.text ?? "")"])
    }
  }

  private static let homelessLimit = 16

  func write(_ note: AccessNote) {
    switch note {
    case .fileChanged(let directory, let changes, let count):
      warnOfTeams(in: directory)
      audit(changes, count, by: "keys_file")
      logger.notice(
        "the keys of keys_file are others", metadata: ["keys": .stringConvertible(directory.count)])
    case .shadowed(let keys):
      for key in keys.prefix(KeyLog.homelessLimit) {
        logger.warning(
          "keys_file has the id of a key in the store, which is not valid as long as it stands there",
          metadata: ["key": "\(key)"])
      }
    case .readAgain(let directory, let changes, let count):
      warnOfTeams(in: directory)
      audit(changes, count, by: "another process")
      logger.notice(
        "keys, users or teams were changed outside of this process",
        metadata: [
          "keys": .stringConvertible(directory.count), "users": .stringConvertible(directory.allUsers.count),
          "teams": .stringConvertible(directory.allTeams.count),
        ])
    case .cannotRead(let error):
      logger.error(
        "keys and teams cannot be read again: those that were known stay, and access stays as it was",
        metadata: ["reason": "\(error)"])
    case .usersNotMade(let reason, let isTriedAgain):
      logger.error(
        """
        users whom keys of keys_file name cannot be stored, or get their sessions: each is known to his key alone until \
        \(isTriedAgain ? "the store works" : "a reload")
        """, metadata: ["reason": "\(reason)"])
    case .usageRefused(let reason):
      logger.error(
        "the store does not take what was used: some of it is lost", metadata: ["reason": "\(reason)"])
    case .usageGivenUp:
      logger.warning("what was used last was not stored, and is lost: the store did not take it")
    }
  }

  /// What has become of the key of `admin_key_file` at the start.
  func write(_ installation: AdministratorKey.Installation) {
    func audit(_ act: AuditLog.Act, _ key: KeyRecord) {
      var metadata: Logger.Metadata = [
        "act": "\(act.rawValue)", "key": "\(key.id)", "name": "\(key.name)", "by": "admin_key_file",
      ]
      if act == .changeKey { metadata["changed"] = key.isDisabled ? "disabled" : "disabled,hash,scopes" }
      logger.notice("audit", metadata: metadata)
    }
    if installation.isMade { audit(.makeKey, installation.key) }
    if installation.isTaken { audit(.changeKey, installation.key) }
    for key in installation.ended { audit(.changeKey, key) }
    guard let fault = installation.fault else { return }
    logger.warning("the key of admin_key_file \(fault)", metadata: ["key": "\(installation.key.id)"])
  }

  private func audit(_ changes: [OutsideChange], _ count: Int, by whom: String) {
    for change in changes { audit(change, by: whom) }
    guard count > changes.count else { return }
    logger.notice(
      "audit",
      metadata: ["act": "more", "count": .stringConvertible(count - changes.count), "by": "\(whom)"])
  }

  /// As the gateway's own acts are noted. By whom is in the system's log, where a subcommand has done it.
  private func audit(_ change: OutsideChange, by whom: String) {
    var metadata: Logger.Metadata = ["by": "\(whom)"]
    let act: AuditLog.Act
    switch (change.subject, change.act) {
    case (.key, .made): act = .makeKey
    case (.key, .changed): act = .changeKey
    case (.key, .rotated): act = .rotateKey
    case (.key, .deleted): act = .deleteKey
    case (.user, .made): act = .makeUser
    case (.user, .changed), (.user, .rotated): act = .changeUser
    case (.user, .deleted): act = .deleteUser
    case (.team, .deleted): act = .deleteTeam
    case (.team, .made), (.team, .changed), (.team, .rotated): act = .putTeam
    }
    metadata["act"] = "\(act.rawValue)"
    switch change.subject {
    case .key(let id, let name):
      metadata["key"] = "\(id)"
      metadata["name"] = "\(name)"
    case .user(let id, let name):
      metadata["user"] = "\(id)"
      metadata["user_name"] = "\(name)"
    case .team(let name): metadata["team"] = "\(name)"
    }
    if case .changed(let members) = change.act { metadata["changed"] = "\(members.joined(separator: ","))" }
    logger.notice("audit", metadata: metadata)
  }
}
