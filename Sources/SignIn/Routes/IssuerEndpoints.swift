internal import Access
internal import Accounts
internal import Configuration
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import Issuers
internal import OllamaAPI
internal import System

/// The way of a browser to the issuer's pages and back. Lives on its worker's loop.
package final class IssuerEndpoints: RouteCollection {
  package let context: WorkerContext
  private let desk: SignInDesk
  /// Nil where none is set.
  private var issuer: Issuer? { context.services.issuer }

  /// On the thread of the context's loop.
  ///
  /// - Parameter desk: that of all workers.
  package init(_ context: WorkerContext, _ desk: SignInDesk) {
    self.context = context
    self.desk = desk
  }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/auth/issuer/login", .get(.open, .beginIssuer, failures: [404, 502], task(begin))),
      Route(
        "/api/v1/auth/issuer/callback", .get(.open, .endIssuer, failures: [404], task(end))),
    ]
  }

  private func place(of request: GatewayRequest) -> SignInPlace {
    SignInPlace(request, basePath: "\(context.settings.configuration.basePath)")
  }

  /// Where the issuer sends browsers back to: as it was set, else by the host that was asked.
  private func redirectURL(_ request: GatewayRequest, _ issuer: Issuer) throws(RequestFailure) -> String {
    if let url = issuer.settings.redirectURL { return url }
    let host = request.forwarded?.host ?? request.exchange.request.first("host")
    guard let host = host.flatMap({ Authority($0) }) else {
      throw RequestFailure(400, "The request names no host.")
    }
    let scheme = request.forwarded?.isSecure == true ? "https" : "http"
    let base = context.settings.configuration.basePath.prefix
    return "\(scheme)://\(host)\(base)/api/v1/auth/issuer/callback"
  }

  /// `GET /api/v1/auth/issuer/login`: a page where it leads nowhere, as a person looks at it.
  private func begin(_ request: GatewayRequest) async throws(RequestFailure) {
    let place = place(of: request)
    if issuer != nil, place.refusal == nil, request.isLedFromElsewhere { return askFirst(request) }
    do throws(RequestFailure) {
      let (url, cookie) = try await departure(request, place)
      let seconds = Int(IssuerJourneys.time.components.seconds)
      request.respond(
        ServerResponse(
          status: 302,
          fields: [
            ("Location", url), ("Cache-Control", "no-store"),
            ("Set-Cookie", cookie.setting(.issuer, place.form, path: place.path, seconds: seconds)),
          ]))
    } catch { show(error, to: request, fields: [("Cache-Control", "no-store")]) }
  }

  /// Who is signed in might be somebody else when he is back, and has only looked at another page: he goes on himself.
  private func askFirst(_ request: GatewayRequest) {
    let query = request.exchange.request.query.map { "?\($0)" } ?? ""
    let path = context.settings.configuration.basePath.prefix + "/api/v1/auth/issuer/login" + query
    request.respond(
      SignInPage.response(
        status: 403, sentence: "Another page has led you here, to sign in.", link: (path, "Sign in"),
        fields: [("Cache-Control", "no-store")]))
  }

  private func departure(
    _ request: GatewayRequest, _ place: SignInPlace
  ) async throws(RequestFailure) -> (url: String, UserCookie) {
    guard let issuer else { throw .noIssuer }
    if let refusal = place.refusal { throw RequestFailure(403, refusal) }
    let wanted = try QueryParameters(request.exchange.request.query).text("next")
    let base = context.settings.configuration.basePath.prefix
    let next = wanted.flatMap { IssuerJourney.leads(to: $0, under: base) ? $0 : nil }
    let journey = IssuerJourney(next: next ?? base + "/")
    let url = try await address(of: journey, request, issuer)
    let shown = UserCookie.read(.issuer, place.form, in: request.exchange.request.fields)
    let cookie = desk.journeys.withLock { journeys in
      // Its other tabs may be on their way as well.
      let cookie = journeys.known(shown) ?? UserCookie()
      journeys.begin(journey, by: cookie, from: place.network, at: .now)
      return cookie
    }
    return (url, cookie)
  }

  /// What a person is told whose way comes to nothing.
  private func show(_ failure: RequestFailure, to request: GatewayRequest, fields: FieldSection) {
    var fields = fields
    fields.append(contentsOf: failure.headerFields)
    let home = context.settings.configuration.basePath.prefix + "/"
    request.respond(
      SignInPage.response(
        status: failure.status, sentence: failure.detail, link: (home, "Back"), fields: fields))
  }

  private func address(
    of journey: IssuerJourney, _ request: GatewayRequest, _ issuer: Issuer
  ) async throws(RequestFailure) -> String {
    let question = journey.request(redirectURL: try redirectURL(request, issuer))
    do throws(IssuerFailure) { return try await issuer.signInURL(question) } catch {
      throw RequestFailure(error)
    }
  }

  /// `GET /api/v1/auth/issuer/callback`: a page where it comes to nothing.
  private func end(_ request: GatewayRequest) async throws(RequestFailure) {
    let place = place(of: request)
    var fields: FieldSection = [("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")]
    do throws(RequestFailure) {
      guard let issuer else { throw .noIssuer }
      let (signedIn, next) = try await arrival(request, issuer, place)
      endCookie(request, place, &fields)
      for field in signedIn where field.name != "Cache-Control" { fields.append(field) }
      fields.append("Location", next)
      request.respond(ServerResponse(status: 302, fields: fields))
    } catch {
      endCookie(request, place, &fields)
      show(error, to: request, fields: fields)
    }
  }

  /// Takes the cookie of its way from a browser, unless it is on another.
  private func endCookie(_ request: GatewayRequest, _ place: SignInPlace, _ fields: inout FieldSection) {
    let shown = UserCookie.read(.issuer, place.form, in: request.exchange.request.fields)
    guard desk.journeys.withLock({ $0.known(shown) }) == nil else { return }
    fields.append("Set-Cookie", UserCookie.ending(.issuer, place.form, path: place.path))
  }

  private func arrival(
    _ request: GatewayRequest, _ issuer: Issuer, _ place: SignInPlace
  ) async throws(RequestFailure) -> (FieldSection, next: String) {
    if let refusal = place.refusal { throw RequestFailure(403, refusal) }
    let parameters = QueryParameters(request.exchange.request.query)
    let state = try parameters.text("state") ?? ""
    let cookies = UserCookie.read(.issuer, place.form, in: request.exchange.request.fields)
    guard let journey = desk.journeys.withLock({ $0.end(by: cookies, state: state, at: .now) }) else {
      throw RequestFailure(
        400,
        "This sign-in was not begun in this browser, took longer than ten minutes, or is over. Begin again.")
    }
    guard issuer.hasSent(named: try parameters.text("iss")) else {
      throw RequestFailure(400, "This response is not of the issuer that was asked. Begin again.")
    }
    if let refused = try parameters.text("error") {
      let word = CodeExchange.isWord(refused) ? refused : "it does not say why"
      throw RequestFailure(403, "The issuer has not signed you in (\(word)).")
    }
    let question = journey.request(redirectURL: try redirectURL(request, issuer))
    guard let exchange = CodeExchange(code: try parameters.text("code") ?? "", of: question) else {
      throw RequestFailure(400, "The issuer has sent no code. Begin again.")
    }
    let arrived: Issuer.SignedIn
    do throws(IssuerFailure) { arrived = try await issuer.exchange(exchange) } catch {
      throw RequestFailure(error)
    }
    let user = try await desk.user(of: arrived.user)
    let earlier = UserCookie.read(.user, place.form, in: request.exchange.request.fields)
      .map { SignInID($0.digest) }.filter { desk.access.signIns[$0] != nil }
    let (_, fields) = try await desk.beginBrowser(
      user, by: issuer.settings.issuer, from: place, insteadOf: earlier)
    return (fields, journey.next)
  }
}

extension IssuerJourney {
  /// What the issuer is asked.
  fileprivate func request(redirectURL: String) -> SignInRequest {
    SignInRequest(state: state, nonce: nonce, verifier: verifier, redirectURL: redirectURL)
  }
}

extension RequestFailure {
  fileprivate static let noIssuer = RequestFailure(404, "No issuer is set here.")

  fileprivate init(_ failure: IssuerFailure) {
    let isAway = failure == .away
    self.init(isAway ? 503 : 502, failure.sentence + ".", retryAfter: isAway ? 5 : nil)
  }
}
