internal import Access
internal import AccessStorage
internal import Configuration
internal import Logging
internal import Sessions

/// What the log says of keys and usage.
struct KeyLog: Sendable {
  let logger: Logger

  /// At the start, and at a reload.
  func warn(of directory: KeyDirectory, _ configuration: Configuration) {
    guard directory.isClosed, configuration.auth == .automatic, configuration.keysFile == nil else { return }
    logger.warning("keys have closed access, \(KeyWarning.missingAuth)")
  }

  func write(_ note: AccessNote) {
    switch note {
    case .readAgain(let directory):
      logger.notice(
        "keys and teams were changed outside of this process",
        metadata: [
          "keys": .stringConvertible(directory.count), "teams": .stringConvertible(directory.allTeams.count),
        ])
    case .cannotRead(let error):
      logger.error(
        "keys and teams cannot be read again: those that were known stay, and access stays as it was",
        metadata: ["reason": "\(error)"])
    case .usageRefused(let reason):
      logger.error(
        "the store does not take what was used: some of it is lost", metadata: ["reason": "\(reason)"])
    }
  }
}
