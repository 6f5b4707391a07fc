package import Access
package import Accounts
package import Issuers
internal import Configuration
internal import HTTPServer
package import JSONWebToken
internal import System

/// Lets callers in by their keys, or without one as far as the settings say. Lives on its worker's loop.
package final class Doorkeeper {
  let control: AccessControl
  let authenticator: Authenticator
  /// Of users who have signed in; nil where nobody can.
  let ownTokens: OwnTokens?
  /// Stores that a sign-in was used, later.
  let storeUse: (@Sendable (SignInID) -> Void)?
  let guesses: Guesses
  /// Whose tokens are believed; nil: nobody's.
  let issuer: Issuer?
  /// Makes a user of whom the issuer knows.
  let makeUser: (@Sendable (IssuerUser) async -> Void)?
  /// The field in which a trusted proxy names the user, in lower case; empty: none.
  private(set) var userField: [UInt8]
  /// Tokens that this worker has seen.
  var tokens = TokenMemory<VerifiedToken>()
  private var keyless: KeylessAccess
  private var takesQueryKeys: Bool
  /// To which cookies go: `/` at the root.
  private(set) var basePath: String
  private(set) var directory = KeyDirectory.empty
  /// That of ``directory``.
  private(set) var generation: UInt64 = .max
  private var memory = KeyMemory()
  private var looksAtKeys = false

  /// The parameter of a query that may hold a key where the operator allows it.
  static let queryParameter = "api_key"

  /// - Parameters:
  ///   - control: knows the keys, for all workers.
  ///   - authenticator: knows callers without a key.
  ///   - guesses: those of all workers.
  ///   - ownTokens: knows the tokens of users who have signed in; nil where nobody can.
  ///   - storeUse: is told of a sign-in that was used, now and then.
  ///   - issuer: whose tokens are believed; nil: nobody's.
  ///   - makeUser: makes a user of whom it knows.
  package init(
    _ control: AccessControl, _ authenticator: Authenticator, _ guesses: Guesses, _ settings: LiveSettings,
    ownTokens: OwnTokens? = nil, storeUse: (@Sendable (SignInID) -> Void)? = nil, issuer: Issuer? = nil,
    makeUser: (@Sendable (IssuerUser) async -> Void)? = nil
  ) {
    self.issuer = issuer
    self.makeUser = makeUser
    self.control = control
    self.ownTokens = ownTokens
    self.storeUse = storeUse
    basePath = "\(settings.configuration.basePath)"
    self.authenticator = authenticator
    self.guesses = guesses
    keyless = settings.keylessAccess
    takesQueryKeys = settings.takesQueryKeys
    userField = settings.userField
  }

  /// From now on other settings hold.
  package func reload(_ settings: LiveSettings) {
    keyless = settings.keylessAccess
    takesQueryKeys = settings.takesQueryKeys
    userField = settings.userField
    basePath = "\(settings.configuration.basePath)"
    looksAtKeys = keyless.looksAtKeys(directory)
  }

  /// Takes what the keys are now, if they have changed.
  private func refresh() {
    guard control.generation != generation else { return }
    (directory, generation) = control.directory
    looksAtKeys = keyless.looksAtKeys(directory)
  }

  /// What a caller without a key may do, if he is let in.
  package func scopesWithoutKey(isOnThisMachine: Bool) -> Scopes {
    refresh()
    return keyless.scopes(isOnThisMachine: isOnThisMachine, directory)
  }

  /// What comes of a request that is not refused.
  package enum Outcome {
    case admitted
    /// It shows a key that is wrong by what is known here: another process may have made or changed it a moment ago. Before it counts as
    /// wrong somebody has to look.
    case unsure
  }

  /// Lets a request in, and finds out for whom it is where it shows a key.
  ///
  /// - Parameter isSure: whether what is known of keys was looked at anew since the request has come.
  /// - Throws: why not.
  package func admit(
    _ request: GatewayRequest, by rule: RouteRule, isSure: Bool
  ) throws(RequestFailure) -> Outcome {
    if case .open = rule { return .admitted }
    refresh()
    if !looksAtKeys {
      guard case .credential = rule else {
        if try !admitByProxy(request, by: rule) { try admitBeforeTheFirstKey(request, rule) }
        return .admitted
      }
    }
    switch verdict(of: request) {
    case .grant(let grant, let isEarlier):
      let principal = authenticator.principal(of: grant)
      try Doorkeeper.require(rule.scopes, of: grant)
      request.proof = .key(grant.shownSecret(isEarlier: isEarlier))
      request.principal =
        grant.mayActForUsers
        ? try NamedUser.principal(principal, in: request.exchange.request.fields) : principal
    case .noKey:
      switch shownToken(request, isSure: isSure) {
      case .none: try admitWithoutKey(request, by: rule)
      case .unsure: return .unsure
      case .valid(let grant, let proof):
        try Doorkeeper.require(rule.scopes, of: grant)
        request.proof = proof
        request.principal = authenticator.principal(of: grant)
      case .wrong(let failure, let fault):
        request.unbelieved = fault
        if rule == .known { return .admitted }
        // Clients of the first system are anonymous there by a token that has ended.
        guard rule.isOfChat, keyless.letsIn(request.callerPlace, directory) else { throw failure }
        try admitWithoutKey(request, rule)
      }
    case .wrong(.twoKeys):
      // Beside a valid key each other one would be a guess: it would tell which there are.
      if let delay = guesses.fail(from: request.callerPlace.address) { throw .tooManyGuesses(shutFor: delay) }
      throw RequestFailure(.twoKeys)
    case .wrong(let fault) where fault.maySettle && !isSure: return .unsure
    case .wrong(let fault):
      let delay = guesses.fail(from: request.callerPlace.address)
      // Clients of the first system are anonymous there by a key that has ended, however often they come: they are told nothing of it that
      // could be held back. It counts all the same, for where it is told.
      if rule.isOfChat, keyless.letsIn(request.callerPlace, directory) {
        try admitWithoutKey(request, rule)
        return .admitted
      }
      if let delay { throw .tooManyGuesses(shutFor: delay) }
      guard rule == .known else { throw RequestFailure(fault) }
      request.unbelieved = fault
    }
    return .admitted
  }

  private func verdict(of request: GatewayRequest) -> KeyVerdict {
    var key: String?
    if takesQueryKeys, let query = request.exchange.request.query {
      // What cannot be decoded is none.
      key = (try? QueryParameters(query).text(Doorkeeper.queryParameter)) ?? nil
    }
    return directory.verdict(
      for: request.exchange.request.fields, queryKey: key, from: request.callerPlace.address, at: .now,
      remembering: &memory)
  }

  private func admitBeforeTheFirstKey(
    _ request: GatewayRequest, _ rule: RouteRule
  ) throws(RequestFailure) {
    switch rule {
    case .open, .known: break
    // What else there is of these everybody may do before the first key.
    case .scope(let scopes) where scopes.isDisjoint(with: keyless.scopes): throw .modelManagement
    case .scope: break
    case .fleet: if !request.isFromThisMachine { throw .forThisMachineOnly }
    case .credential: throw .keyRequired
    }
  }

  /// By the cookie of who has signed in, the word of a trusted proxy, or without anything.
  private func admitWithoutKey(_ request: GatewayRequest, by rule: RouteRule) throws(RequestFailure) {
    if let principal = try signedIn(request) { return try admit(principal, request, by: rule) }
    if try admitByProxy(request, by: rule) { return }
    if rule != .known { try admitWithoutKey(request, rule) }
  }

  private func admit(
    _ principal: Principal, _ request: GatewayRequest, by rule: RouteRule
  ) throws(RequestFailure) {
    if let grant = principal.grant { try Doorkeeper.require(rule.scopes, of: grant) }
    request.principal = principal
  }

  private func admitWithoutKey(_ request: GatewayRequest, _ rule: RouteRule) throws(RequestFailure) {
    guard case .scope(let scopes) = rule, !scopes.isDisjoint(with: keyless.scopes),
      keyless.letsIn(request.callerPlace, directory)
    else { throw .keyRequired }
  }

  static func require(_ scopes: Scopes, of grant: Grant) throws(RequestFailure) {
    guard scopes.isEmpty || !scopes.isDisjoint(with: grant.scopes) else { throw .outOfScope(scopes) }
  }
}

// Who was let in, and asks for more or goes on.
extension Doorkeeper {
  /// Whether a caller who was let in may do this as well.
  ///
  /// - Throws: why not.
  package func require(_ rule: RouteRule, of admitted: inout Admitted) throws(RequestFailure) {
    try admitAgain(&admitted)
    let principal = admitted.principal
    guard rule.scopes.isEmpty || !rule.scopes.isDisjoint(with: principal.scopes) else {
      throw principal.grant == nil ? .keyRequired : .outOfScope(rule.scopes)
    }
  }

  /// Lets a caller go on, as he is now.
  ///
  /// - Throws: why he is let in no more: his key has ended, or has lost the scope, or is another's; or he has none, and needs one
  ///   meanwhile.
  package func admitAgain(_ admitted: inout Admitted) throws(RequestFailure) {
    refresh()
    if case .proxy(let name) = admitted.proof { try requireStillNamed(name, admitted) }
    guard let grant = admitted.principal.grant else {
      if case .proxy = admitted.proof { return }
      if looksAtKeys && !keyless.letsIn(admitted.place, directory) { throw .keyRequired }
      return
    }
    guard let current = directory.current(grant) else { throw RequestFailure(.unknown) }
    if let fault = current.fault(at: .now) { throw RequestFailure(fault) }
    try check(admitted.proof, of: current)
    guard current !== grant else { return }
    // All that its user had signed in with is over.
    if grant.key == nil, current.user?.generation != grant.user?.generation { throw RequestFailure(.expired) }
    if let fault = current.fault(from: admitted.place.address, at: .now) { throw RequestFailure(fault) }
    try Doorkeeper.require(admitted.rule.scopes, of: current)
    // What it has begun is its user's.
    guard current.principal.id == grant.principal.id else { throw RequestFailure(.unknown) }
    // A user whom it has named it may name no more.
    let id = admitted.principal.id
    guard id == grant.principal.id || id == .everybody || current.mayActForUsers else {
      throw RequestFailure(.unknown)
    }
    admitted.principal = Principal(admitted.principal.id, scopes: current.scopes, grant: current)
  }

  /// - Throws: where what was shown is valid no more.
  private func check(_ proof: Proof, of grant: Grant) throws(RequestFailure) {
    switch proof {
    case .none, .proxy: break
    case .key(let secret): if !grant.takes(secret, at: .now) { throw RequestFailure(.wrongSecret) }
    case .token(_, let expiresAt): if expiresAt <= .now { throw RequestFailure(.expired) }
    case .signIn(let id):
      guard let user = grant.user?.id, control.signIns.lasts(id, of: user, at: .now) else {
        throw RequestFailure(.expired)
      }
    }
  }
}
