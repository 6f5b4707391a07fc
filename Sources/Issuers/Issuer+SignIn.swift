internal import Configuration
internal import EventLoop
internal import HTTPClient
internal import JSONWebToken
internal import System

// Sign-ins with a browser.
extension Issuer {
  /// Where a browser is sent to sign in. Asks the issuer where nothing is known of it.
  ///
  /// - Throws: where it is away.
  package func signInURL(_ request: SignInRequest) async throws(IssuerFailure) -> String {
    let document = try await knownDocument()
    guard let url = request.url(document, settings) else { throw .malformed }
    return url
  }

  private func knownDocument() async throws(IssuerFailure) -> IssuerDocument {
    await settle(.use)
    guard let document else { throw .away }
    return document
  }

  /// Whether what a browser has brought back is this issuer's (RFC 9207).
  ///
  /// - Parameter named: `iss` of the query; nil where there is none.
  package func hasSent(named: String?) -> Bool {
    guard let named else { return document?.namesItselfInResponses != true }
    return named.utf8.elementsEqual(settings.issuer.utf8)
  }

  /// Who has signed in.
  package struct SignedIn: Sendable {
    package let user: IssuerUser
    /// What a sign-out shows the issuer, so that it asks nobody. Secret as a token is.
    package let identityText: String
  }

  /// Gives the issuer the code that a browser has brought, and finds out by its id_token who that is.
  package func exchange(_ exchange: CodeExchange) async throws(IssuerFailure) -> SignedIn {
    let document = try await knownDocument()
    guard let client = state.withLock({ $0.client }) else { throw .away }
    let (settings, secret, time) = (settings, secret, patience)
    let result: Result<(status: Int, content: [UInt8]), IssuerFailure> = await withCheckedContinuation {
      continuation in
      client.loop.execute {
        client.loop.startTask {
          let (fields, body) = exchange.message(to: document, settings, secret: secret)
          // A code that is sent twice is taken for a stolen one.
          let request = ClientRequest(
            method: "POST", url: document.tokenEndpoint, fields: fields, body: .bytes(body),
            timeouts: TransferTimeouts(connect: time, firstByte: time, idle: time, whole: time), reuse: .none)
          do throws(TransferError) {
            let response = try await client.value.fetch(request, limit: CodeExchange.longestResponse)
            continuation.resume(returning: .success((response.head.status, response.content)))
          } catch {
            continuation.resume(returning: .failure(.away))
          }
        }
      }
    }
    let (status, content) = try result.get()
    return try await signedIn(by: CodeExchange.tokens(of: status, content), nonce: exchange.request.nonce)
  }

  private func signedIn(
    by tokens: CodeExchange.Tokens, nonce: String
  ) async throws(IssuerFailure) -> SignedIn {
    let arrival = MonotonicTime.now
    let rule = IdentityRule(settings, nonce: nonce, accessToken: tokens.accessToken)
    do throws(TokenFault) {
      try check(tokens.identityToken, rule)
    } catch {
      guard error == .unknownKey else { throw .token(error) }
      // It has others by now. A question that was under way may be from before it had them.
      for _ in 0..<2 { await settle(.handedOver(at: arrival)) }
      do throws(TokenFault) { try check(tokens.identityToken, rule) } catch {
        throw error == .unknownKey && state.withLock(\.isAway) ? .away : .token(error)
      }
    }
    guard let user = IssuerUser(tokens.identityToken.claims, by: settings) else { throw .token(.claims) }
    return SignedIn(user: user, identityText: tokens.identityText)
  }

  private func check(_ token: TokenText, _ rule: IdentityRule) throws(TokenFault) {
    guard let keys = state.withLock({ $0.keys.keys(at: .now) }) else { throw .unknownKey }
    try rule.check(token, by: keys, at: Timestamp.now.millisecondsSince1970 / 1000)
  }

  /// Where a browser is sent to sign out there as well (OpenID Connect RP-Initiated Logout 1.0); nil where the issuer has no such place.
  ///
  /// - Parameters:
  ///   - identityText: of the sign-in; nil where it is not known any more.
  ///   - redirectURL: where it is sent back to.
  package func signOutURL(identityText: String?, redirectURL: String?) -> String? {
    guard let endpoint = document?.logoutEndpoint else { return nil }
    var members = [("client_id", settings.clientID)]
    if let identityText { members.append(("id_token_hint", identityText)) }
    if let redirectURL { members.append(("post_logout_redirect_uri", redirectURL)) }
    return endpoint + (endpoint.contains("?") ? "&" : "?") + FormText.text(members)
  }
}
