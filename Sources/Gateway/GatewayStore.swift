internal import Access
internal import Configuration
internal import Logging
internal import PostgreSQLStore
internal import SQLiteStore
internal import Sessions

/// The store of the sessions as a gateway has opened it.
struct GatewayStore {
  /// Nil where nothing is stored.
  let storage: SessionStorage?
  /// What credentials are sealed with, so that they are valid after a restart; nil where they are not.
  let credentialKey: [UInt8]?

  /// By this name a store has the key.
  private static let credentialKeyName = "credentials"

  static let none = GatewayStore(storage: nil, credentialKey: nil)

  /// Opens the store, ends what an earlier gateway has left running in it, and takes the key. Blocks.
  ///
  /// - Parameter configuration: with a store that is not automatic; else nothing is stored.
  static func open(_ configuration: Configuration, logger: Logger) async throws(StoreError) -> GatewayStore {
    let store: any SessionStore
    switch configuration.store {
    case .automatic, .memory: return none
    case .sqlite(let path):
      let opened = try SQLiteStore.open(
        path: path, durability: configuration.durability == .relaxed ? .relaxed : .full,
        maximumBytes: configuration.storeMax)
      warn(opened.warnings, of: opened.location, logger)
      store = opened
    case .postgresql(let url):
      let opened = try PostgreSQLStore.open(
        url: url, password: try StorePassword.read(configuration.storePasswordFile),
        durability: configuration.durability == .relaxed ? .relaxed : .full)
      warn(opened.warnings, of: opened.location, logger)
      store = opened
    }
    do throws(StoreError) {
      let log = StoreLog(logger: logger, location: store.location)
      if configuration.durability == .relaxed { log.warnOfRelaxedDurability() }
      let storage = try SessionStorage(
        store, timeout: configuration.storeTimeout, sizeLimit: configuration.storeMax,
        isRelaxed: configuration.durability == .relaxed, timeToLive: configuration.sessionTTL,
        sessionsOfPrincipal: configuration.maxSessions, teller: log.write)
      let interrupted = try await StoreRecovery.endInterrupted(in: storage)
      let new = CredentialSeal.makeKey()
      let key = try await storage.writer.ask { writer throws(StoreError) in
        try writer.secret(credentialKeyName, orElse: new)
      }
      logger.notice(
        "sessions are stored",
        metadata: ["store": "\(store.location)", "interrupted": .stringConvertible(interrupted)])
      return GatewayStore(storage: storage, credentialKey: key)
    } catch {
      store.close()
      throw error
    }
  }

  private static func warn(_ warnings: [String], of location: String, _ logger: Logger) {
    for warning in warnings { logger.warning("\(warning)", metadata: ["store": "\(location)"]) }
  }
}
