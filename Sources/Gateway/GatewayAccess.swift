internal import Access
internal import AccessStorage
internal import Accounts
internal import Configuration
internal import Logging
internal import Sessions

/// Keys, teams and accounts as a gateway has opened them.
struct GatewayAccess {
  /// What workers ask.
  let control: AccessControl
  /// What keeps them in the store.
  let keeper: AccessKeeper

  /// Reads them all, before anybody is let in.
  ///
  /// - Parameters:
  ///   - storage: nil where nothing is stored.
  ///   - fileKeys: those of the operator's file; nil where there is no file.
  static func open(
    _ storage: SessionStorage?, fileKeys: [KeyRecord]?, logger: Logger
  ) async throws(StoreError) -> GatewayAccess {
    let log = KeyLog(logger: logger)
    let control = AccessControl()
    let keeper = AccessKeeper(storage, for: control, teller: log.write)
    try await keeper.start(fileKeys: fileKeys)
    return GatewayAccess(control: control, keeper: keeper)
  }

  /// The keys of the operator's file, where there is one. Blocks.
  ///
  /// - Throws: where it is not there, or not as it has to be: then the keys are not known, and nobody is let in by none.
  static func fileKeys(
    _ configuration: Configuration, logger: Logger
  ) throws(ConfigurationError) -> [KeyRecord]? {
    guard let path = configuration.keysFile else { return nil }
    let file = try KeysFile(path: path)
    for notice in file.notices { logger.warning("\(notice)") }
    return file.keys
  }
}
