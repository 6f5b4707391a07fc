internal import Access
internal import Accounts
internal import Bytes
internal import HTTPFields
internal import HTTPServer
internal import Issuers
internal import JSONWebToken
internal import OllamaAPI
internal import System

// Who shows a token of the issuer of `oidc`.
extension Doorkeeper {
  /// What comes of the token that a request shows.
  enum IssuerVerdict {
    /// It shows none of the issuer's.
    case none
    case valid(Grant, expiresAt: Timestamp)
    /// The issuer may have other keys by now, or nothing is known of it, or its user is to be made: see ``settle(_:)``.
    case unsure
    case wrong(RequestFailure)
  }

  /// Looks at `Authorization: Bearer`. A token that was seen before costs a digest of its text.
  ///
  /// - Parameter isSure: whether ``settle(_:)`` was called since the request has come.
  func issuerToken(_ request: GatewayRequest, isSure: Bool) -> IssuerVerdict {
    guard let issuer else { return .none }
    verified.use(generation: issuer.generation)
    let verdict = request.exchange.request.fields.withFirst("authorization") { field -> IssuerVerdict? in
      guard let text = BearerToken.text(in: field.value) else { return nil }
      let (now, digest) = (Timestamp.now, SecretDigest(of: text))
      if let known = verified.find(digest, at: now) {
        return self.verdict(of: known.content, until: known.expiresAt, isSure: isSure)
      }
      return self.verdict(of: text, digest, by: issuer, at: now, isSure: isSure, request)
    }
    return verdict ?? .none
  }

  private func verdict(
    of text: UnsafeRawBufferPointer, _ digest: SecretDigest, by issuer: Issuer, at now: Timestamp,
    isSure: Bool,
    _ request: GatewayRequest
  ) -> IssuerVerdict {
    guard let token = BearerToken.read(text), issuer.hasSigned(token.claims) else { return .none }
    switch issuer.verdict(of: token, isSure: isSure, at: now.millisecondsSince1970 / 1000) {
    case .unsure: return .unsure
    case .away: return .wrong(.issuerIsAway)
    case .bad(let fault):
      // What nobody has signed is a guess, as a wrong key is.
      if fault == .signature || fault == .unknownKey,
        let delay = guesses.fail(from: request.callerPlace.address)
      {
        return .wrong(.tooManyGuesses(shutFor: delay))
      }
      return .wrong(.credential(fault.sentence))
    case .good:
      guard let user = IssuerUser(token.claims, by: issuer.settings), let end = token.claims.expiresAt else {
        return .wrong(.credential(TokenFault.claims.sentence))
      }
      let expiresAt = Timestamp(millisecondsSince1970: (end + ClaimsRule.leeway) * 1000)
      verified.store(digest, user, until: expiresAt)
      return verdict(of: user, until: expiresAt, isSure: isSure)
    }
  }

  /// What a verified token is good for now.
  private func verdict(of user: IssuerUser, until expiresAt: Timestamp, isSure: Bool) -> IssuerVerdict {
    guard let grant = directory.user(identity: user.identity), let record = grant.user else {
      guard user.mayBeMade else { return .wrong(.unknownIssuerUser) }
      return isSure ? .wrong(.storeTakesNoUser) : .unsure
    }
    if record.isDisabled { return .wrong(.credential("the token's user is disabled")) }
    guard let said = Grant.Said(user, of: record, in: directory) else {
      return .valid(grant, expiresAt: expiresAt)
    }
    if let made = saidGrants[user] { return .valid(made, expiresAt: expiresAt) }
    let made = Grant(record, team: said.team.flatMap { directory.team($0) }, said: said)
    if saidGrants.count >= 1000 { saidGrants = [:] }
    saidGrants[user] = made
    return .valid(made, expiresAt: expiresAt)
  }

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

/// `Authorization: Bearer` with what has the form of a token.
enum BearerToken {
  /// The text behind the scheme, in any case of its letters; nil where none of the form stands there.
  static func text(in value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let scheme = "bearer".utf8
    guard value.count > scheme.count, ASCII.isBlank(value[scheme.count]),
      zip(value, scheme).allSatisfy({ ASCII.lowercased($0) == $1 })
    else { return nil }
    let text = UnsafeRawBufferPointer(rebasing: value[scheme.count...].drop(while: ASCII.isBlank))
    guard text.count <= TokenText.longest, TokenText.isForm(text) else { return nil }
    return text
  }

  static func read(_ text: UnsafeRawBufferPointer) -> TokenText? {
    do throws(TokenFault) { return try TokenText(text) } catch { return nil }
  }
}

extension RequestFailure {
  /// Nothing is known of the issuer, which does not answer.
  package static let issuerIsAway = RequestFailure(
    503, "The issuer of this token does not answer.", headerFields: [("Retry-After", "30")])

  /// Somebody who may sign in there, but is no user here.
  package static let unknownIssuerUser: RequestFailure = {
    var failure = RequestFailure(
      403, "The token's user is not known here, and is not among those who become users at first sight.")
    failure.cause = .permission
    return failure
  }()

  /// He would be a user, if the store took him.
  package static let storeTakesNoUser = RequestFailure(
    503, "The token's user cannot be made now.", headerFields: [("Retry-After", "5")])
}
