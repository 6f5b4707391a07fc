internal import Access
internal import Accounts
internal import HTTPFields
internal import HTTPServer
internal import Issuers
internal import JSONWebToken
internal import OllamaAPI
internal import System

// Who shows a token: one of ours, by which users of programs have signed in, or one of the issuer of `oidc`.
extension Doorkeeper {
  /// What comes of the token that a request shows.
  enum TokenVerdict {
    /// It shows none that says that it is ours or the issuer's.
    case none
    case valid(Grant, Proof)
    /// The issuer may have other keys by now, or nothing is known of it, or its user is to be made: see ``settle(_:)``.
    case unsure
    /// It is not taken; what is wrong with it is said as of a key, too.
    case wrong(RequestFailure, KeyFault)
  }

  /// Looks at `Authorization: Bearer`. Of a token that was seen before nothing is read, and its signature is not looked at: it costs a
  /// digest of its text.
  ///
  /// - Parameter isSure: whether ``settle(_:)`` was called since the request has come.
  func shownToken(_ request: GatewayRequest, isSure: Bool) -> TokenVerdict {
    guard issuer != nil || ownTokens != nil && directory.hasUsers else { return .none }
    let verdict = request.exchange.request.fields.withFirst("authorization") { field -> TokenVerdict? in
      guard let text = BearerToken.text(in: field.value) else { return nil }
      let look = Look(at: .now, SecretDigest(of: text), keys: issuer?.generation ?? 0, isSure: isSure)
      if let known = tokens.find(look.digest, keys: look.keys, at: look.now) {
        return self.verdict(of: known, look)
      }
      guard let token = BearerToken.read(text) else { return nil }
      if let ownTokens, OwnTokens.areOurs(token.claims) {
        return self.verdict(of: token, by: ownTokens, look)
      }
      guard let issuer, issuer.hasSigned(token.claims) else { return nil }
      return self.verdict(of: token, by: issuer, look, request)
    }
    return verdict ?? TokenVerdict.none
  }

  /// One look at a token.
  private struct Look {
    let now: Timestamp
    let digest: SecretDigest
    /// The issuer's keys of now.
    let keys: UInt64
    let isSure: Bool

    init(at now: Timestamp, _ digest: SecretDigest, keys: UInt64, isSure: Bool) {
      (self.now, self.digest, self.keys, self.isSure) = (now, digest, keys, isSure)
    }

    /// Seconds since 1970.
    var seconds: Int64 { now.millisecondsSince1970 / 1000 }
  }

  // MARK: Tokens that are seen for the first time

  private func verdict(of token: TokenText, by ownTokens: OwnTokens, _ look: Look) -> TokenVerdict {
    let own: OwnToken
    do throws(TokenFault) { own = try ownTokens.read(token, as: .access, at: look.seconds) } catch {
      return .wrong(error == .expired ? .expired : .unknown)
    }
    // What stands before the dot is of which sign-in it is.
    guard let user = UserID(own.userID), let family = own.id.split(separator: ".").first,
      let signIn = SignInID(family)
    else { return .wrong(.unknown) }
    let holder = VerifiedToken.Holder.own(user, generation: own.generation, signIn: signIn)
    return remember(holder, until: Timestamp(millisecondsSince1970: own.expiresAt * 1000), look)
  }

  private func verdict(
    of token: TokenText, by issuer: Issuer, _ look: Look, _ request: GatewayRequest
  ) -> TokenVerdict {
    switch issuer.verdict(of: token, isSure: look.isSure, at: look.seconds) {
    case .unsure: return .unsure
    case .away: return .wrong(.issuerIsAway, .unknown)
    case .bad(let fault):
      // What nobody has signed is a guess, as a wrong key is.
      if fault == .signature || fault == .unknownKey,
        let delay = guesses.fail(from: request.callerPlace.address)
      {
        return .wrong(.tooManyGuesses(shutFor: delay), .unknown)
      }
      return .wrong(.credential(fault.sentence), .unknown)
    case .good:
      guard let user = IssuerUser(token.claims, by: issuer.settings), let end = token.claims.expiresAt else {
        return .wrong(.credential(TokenFault.claims.sentence), .unknown)
      }
      let expiresAt = Timestamp(millisecondsSince1970: (end + ClaimsRule.leeway) * 1000)
      return remember(.issuer(user), until: expiresAt, look)
    }
  }

  // MARK: Tokens that were verified

  private func remember(
    _ holder: VerifiedToken.Holder, until expiresAt: Timestamp, _ look: Look
  ) -> TokenVerdict {
    let standing = standing(of: holder, look)
    var grant: Grant?
    if case .valid(let his) = standing { grant = his }
    let token = VerifiedToken(holder, until: expiresAt, grant, asOf: generation)
    tokens.store(look.digest, token, keys: look.keys, until: expiresAt)
    return verdict(of: token, standing, look)
  }

  /// Whether its user is there and may come in is asked where users have changed since it was seen last, and how it is with his sign-in
  /// each time.
  private func verdict(of token: VerifiedToken, _ look: Look) -> TokenVerdict {
    guard token.asOf == generation, let grant = token.grant else {
      return remember(token.holder, until: token.expiresAt, look)
    }
    return verdict(of: token, .valid(grant), look)
  }

  private func verdict(of token: VerifiedToken, _ standing: Standing, _ look: Look) -> TokenVerdict {
    switch (standing, token.holder) {
    case (.valid(let grant), .own(let user, _, let signIn)):
      guard control.signIns.lasts(signIn, of: user, at: look.now) else { return .wrong(.expired) }
      return .valid(grant, .signIn(signIn))
    case (.valid(let grant), .issuer(let user)):
      return .valid(grant, .token(issuedAt: user.issuingTime, expiresAt: token.expiresAt))
    case (.unsure, _): return .unsure
    case (.wrong(let failure, let fault), _): return .wrong(failure, fault)
    }
  }

  /// How it is with whom a token is of, as users are now.
  private enum Standing {
    case valid(Grant)
    case unsure
    case wrong(RequestFailure, KeyFault)
  }

  private func standing(of holder: VerifiedToken.Holder, _ look: Look) -> Standing {
    switch holder {
    case .own(let user, let generation, _):
      guard let grant = directory.user(user), let record = grant.user else {
        return .wrong(.wrongToken(.unknown), .unknown)
      }
      if record.isDisabled { return .wrong(.wrongToken(.disabled), .disabled) }
      // He has changed his password, or has signed out everywhere.
      guard Int64(record.generation) == generation else { return .wrong(.wrongToken(.expired), .expired) }
      return .valid(grant)
    case .issuer(let user):
      guard let grant = directory.user(identity: user.identity), let record = grant.user else {
        guard user.mayBeMade else { return .wrong(.unknownIssuerUser, .unknown) }
        return look.isSure ? .wrong(.storeTakesNoUser, .unknown) : .unsure
      }
      if record.isDisabled { return .wrong(.wrongToken(.disabled), .disabled) }
      guard user.isIssued(after: record.signedOutAt) else { return .wrong(.wrongToken(.expired), .expired) }
      guard let said = Grant.Said(user, of: record, in: directory) else { return .valid(grant) }
      return .valid(Grant(record, team: said.team.flatMap { directory.team($0) }, said: said))
    }
  }

  // MARK: The issuer

  /// Has the issuer asked, and its user made, as far as a request needs it. Comes back after ten seconds or so at most.
  package func settle(_ request: GatewayRequest) async {
    guard let issuer else { return }
    let token = request.exchange.request.fields.withFirst("authorization") { field in
      BearerToken.text(in: field.value).flatMap { BearerToken.read($0) }
    }
    guard let token = token ?? nil, issuer.hasSigned(token.claims) else { return }
    let seconds = Timestamp.now.millisecondsSince1970 / 1000
    if issuer.verdict(of: token, isSure: false, at: seconds) == .unsure {
      await issuer.settle(issuer.document == nil ? .use : .newKey)
    }
    guard issuer.verdict(of: token, isSure: true, at: seconds) == .good,
      let user = IssuerUser(token.claims, by: issuer.settings), user.mayBeMade,
      control.directory.directory.user(identity: user.identity) == nil
    else { return }
    await makeUser?(user)
  }
}

extension Doorkeeper.TokenVerdict {
  /// A token of ours that is not taken.
  fileprivate static func wrong(_ fault: KeyFault) -> Self { .wrong(.wrongToken(fault), fault) }
}

extension RequestFailure {
  /// A token that is not taken.
  fileprivate static func wrongToken(_ fault: KeyFault) -> RequestFailure {
    switch fault {
    case .expired: credential("the token has expired, or its user has signed out")
    case .disabled: credential("the token's user is disabled")
    default: credential("the token is not valid")
    }
  }

  /// Nothing is known of the issuer, which does not answer.
  fileprivate static let issuerIsAway = RequestFailure(
    503, "The issuer of this token does not answer.", headerFields: [("Retry-After", "30")])

  /// Somebody who may sign in there, but is no user here.
  fileprivate static let unknownIssuerUser: RequestFailure = {
    var failure = RequestFailure(
      403, "The token's user is not known here, and is not among those who become users at first sight.")
    failure.cause = .permission
    return failure
  }()

  /// He would be a user, if the store took him.
  fileprivate static let storeTakesNoUser = RequestFailure(
    503, "The token's user cannot be made now.", headerFields: [("Retry-After", "5")])
}
