internal import Access
internal import AccessStorage
internal import Accounts
internal import Administration
internal import Configuration
internal import JSONWebToken
internal import Issuers
internal import Logging
internal import Sessions
internal import System

/// Keys, teams and accounts as a gateway has opened them.
struct GatewayAccess {
  /// What workers ask.
  let control: AccessControl
  /// What keeps them in the store.
  let keeper: AccessKeeper
  /// What keeps who has signed in.
  let signIns: SignInKeeper
  /// Signs and knows the tokens of users; nil where nothing is stored.
  let tokens: OwnTokens?
  /// Where nothing is stored: the key of `admin_key_file`, which is one of the operator's files.
  let administrator: KeyRecord?

  /// Reads what another process has changed a moment ago; nil where nothing is stored.
  var look: (@Sendable () async -> Void)? {
    guard keeper.isStored else { return nil }
    return { [keeper] in await keeper.look() }
  }

  /// The keys of the operator's files; nil where there is none.
  ///
  /// - Parameter keys: those of `keys_file`; nil where there is no such file.
  static func allFileKeys(_ keys: [KeyRecord]?, _ administrator: KeyRecord?) -> [KeyRecord]? {
    administrator.map { (keys ?? []) + [$0] } ?? keys
  }

  /// Reads them all, before anybody is let in.
  ///
  /// - Parameters:
  ///   - storage: nil where nothing is stored.
  ///   - fileKeys: those of the operator's file; nil where there is no file.
  ///   - administrator: the key that may make keys; nil where there is no file with one.
  static func open(
    _ storage: SessionStorage?, fileKeys: [KeyRecord]?, administrator: AdministratorKey?, logger: Logger
  ) async throws(StoreError) -> GatewayAccess {
    let log = KeyLog(logger: logger)
    let control = AccessControl()
    let keeper = AccessKeeper(storage, for: control, teller: log.write)
    // Where nothing is stored it is a key of the operator's files as others are, and access is closed as by these.
    let record = storage == nil ? administrator?.record(at: .now) : nil
    try await keeper.start(fileKeys: allFileKeys(fileKeys, record))
    if storage != nil, let administrator { try await install(administrator, keeper, logger) }
    let signIns = SignInKeeper(storage, for: control)
    try await signIns.start()
    return GatewayAccess(
      control: control, keeper: keeper, signIns: signIns, tokens: try await ownTokens(storage),
      administrator: record)
  }

  /// By this name a store has the secret of the tokens of users.
  private static let tokenSecretName = "tokens"

  /// With the store's secret, which is made where there is none yet: then tokens outlive the process, as sign-ins do.
  private static func ownTokens(_ storage: SessionStorage?) async throws(StoreError) -> OwnTokens? {
    guard let storage else { return nil }
    let new = CredentialSeal.makeKey()
    let secret = try await storage.writer.ask { writer throws(StoreError) in
      try writer.secret(tokenSecretName, orElse: new)
    }
    return OwnTokens(secret: secret)
  }

  /// Stores that a sign-in was used; nil where nobody can sign in.
  var storeUse: (@Sendable (SignInID) -> Void)? {
    guard signIns.isStored else { return nil }
    return { [signIns] id in
      Task {
        // Where the store does not take it now, its next use comes to it.
        _ = try? await signIns.change(id) { record in
          record.idleUntil = Timestamp.now.adding(SignInRecord.idleTime)
        }
      }
    }
  }

  /// Sees to it that the key is in the store.
  private static func install(
    _ administrator: AdministratorKey, _ keeper: AccessKeeper, _ logger: Logger
  ) async throws(StoreError) {
    do throws(AccessError) {
      let done = try await keeper.perform { (book) throws(AccessError) in
        try administrator.install(in: &book, at: .now)
      }
      KeyLog(logger: logger).write(done)
    } catch {
      if case .store(let error) = error { throw error }
      logger.error("the key of admin_key_file is not there", metadata: ["reason": "\(error)"])
    }
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

  /// The key of the operator's file that may make keys, where there is one. Blocks.
  static func administratorKey(
    _ configuration: Configuration, logger: Logger
  ) throws(ConfigurationError) -> AdministratorKey? {
    guard let path = configuration.adminKeyFile else { return nil }
    let file = try AdminKeyFile(path: path)
    for notice in file.notices { logger.warning("\(notice)") }
    return AdministratorKey(file.key)
  }
}

// The issuer of `oidc`.
extension GatewayAccess {
  /// It as it is set; nil without the setting. Blocks: reads the file of its secret.
  ///
  /// - Parameter patience: how long it may take to say something; nil: as long as it may.
  static func issuer(
    _ configuration: Configuration, patience: Duration?, logger: Logger
  ) throws(ConfigurationError) -> Issuer? {
    guard let settings = configuration.oidc else { return nil }
    var secret: IssuerSecret?
    if let path = settings.clientSecretFile {
      secret = try IssuerSecret(path: path)
      if let notice = IssuerSecret.notice(of: path) { logger.warning("\(notice)") }
    }
    return Issuer(settings, secret: secret, patience: patience ?? IssuerKeys.patience) { note in
      switch note {
      case .away(let words):
        logger.warning(
          "the issuer of oidc does not answer", metadata: ["issuer": "\(settings.issuer)", "why": "\(words)"])
      case .back: logger.notice("the issuer of oidc answers", metadata: ["issuer": "\(settings.issuer)"])
      }
    }
  }

  /// Makes a user of whom the issuer knows.
  var makeUser: @Sendable (IssuerUser) async -> Void {
    { [keeper] user in
      // Where the store does not take him he is told so by who asks next.
      _ = try? await keeper.user(of: user)
    }
  }
}
