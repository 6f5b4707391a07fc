internal import Access
internal import Accounts
internal import Configuration
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import Issuers
internal import JSON
internal import OllamaAPI
internal import System

/// Who is signed in with a browser, for the page: cookies, and the password. Lives on its worker's loop.
package final class BrowserEndpoints: RouteCollection {
  package let context: WorkerContext
  private let desk: SignInDesk

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
        "/api/v1/auth/session",
        .get(.known, .showSignIn, Handler(showSignIn)),
        .post(
          .open, .signIn, failures: [401, 409, 413, 415, 422],
          jsonTask(
            requireSafePlace, { (body) throws(RequestFailure) in try NameAndPassword(body) }, signIn)),
        .delete(.known, .signOut, failures: [401, 409, 422], task(signOut))),
      Route(
        "/api/v1/auth/password",
        .post(
          .known, .changePassword, failures: [401, 409, 413, 415, 422],
          jsonTask(
            { (request) throws(RequestFailure) in _ = try request.requireSignedIn() },
            { (body) throws(RequestFailure) in try PasswordChange(body) }, changePassword))),
    ]
  }

  private func place(of request: GatewayRequest) -> SignInPlace {
    SignInPlace(request, basePath: "\(context.settings.configuration.basePath)")
  }

  /// Before a password is read.
  private func requireSafePlace(_ request: GatewayRequest) throws(RequestFailure) {
    try request.requireOwnPageIfAny()
    if let refusal = place(of: request).refusal { throw RequestFailure(403, refusal) }
  }

  // MARK: Who

  /// `GET /api/v1/auth/session`.
  private func showSignIn(_ request: GatewayRequest) throws(RequestFailure) {
    tell(request.principal, by: request.proof, to: request)
  }

  /// - Parameter fields: beside those that keep the response out of caches.
  private func tell(
    _ principal: Principal?, by proof: Proof, to request: GatewayRequest, fields: FieldSection? = nil
  ) {
    let configuration = context.settings.configuration
    var isOfProgram = false
    if case .signIn(let id) = proof { isOfProgram = desk.access.signIns[id]?.kind == .refresh }
    let user = principal?.grant?.user.map(desk.current)
    let report = SignInReport(
      principal, user, by: proof, isOfProgram: isOfProgram,
      mayMakeKeys: configuration.userKeys && desk.isStored,
      keyDemand: user.flatMap { desk.keyDemand(of: $0, by: proof, at: .now) },
      takesPasswords: !desk.directory.allUsers.isEmpty || configuration.allowRegistration,
      takesRegistrations: configuration.allowRegistration,
      issuer: context.services.issuer?.settings.shownName,
      refusal: place(of: request).refusal)
    request.respond(fields: fields ?? [("Cache-Control", "no-store")]) { report.encode(into: &$0) }
  }

  /// `POST /api/v1/auth/session`.
  private func signIn(_ request: GatewayRequest, _ input: NameAndPassword) async throws(RequestFailure) {
    let place = place(of: request)
    let user = try await desk.user(input, from: place)
    let (id, fields) = try await desk.beginBrowser(user, from: place, insteadOf: earlier(request, place))
    guard let grant = desk.directory.user(user.id) else { throw .wrongPassword }
    tell(grant.principal, by: .signIn(id), to: request, fields: fields)
  }

  /// The sign-in that the browser shows already.
  private func earlier(_ request: GatewayRequest, _ place: SignInPlace) -> [SignInID] {
    UserCookie.read(.user, place.form, in: request.exchange.request.fields).map { SignInID($0.digest) }
      .filter { desk.access.signIns[$0] != nil }
  }

  /// `DELETE /api/v1/auth/session`.
  private func signOut(_ request: GatewayRequest) async throws(RequestFailure) {
    let everywhere = try QueryParameters(request.exchange.request.query).text("everywhere") ?? "false"
    guard ["true", "false"].contains(where: { $0.utf8.elementsEqual(everywhere.utf8) }) else {
      throw RequestFailure(
        422, "“everywhere” takes true or false.", field: "everywhere", fault: FieldFault(in: .query))
    }
    let place = place(of: request)
    let leaves = issuerLogout(request)
    if everywhere.utf8.elementsEqual("true".utf8) {
      let user = try request.requireSignedIn()
      try await desk.endAll(of: user.id)
    } else if case .signIn(let id) = request.proof {
      try await desk.end([id])
    }
    request.respond(fields: desk.endingFields(place)) { writer in
      writer.object { writer in
        writer.member("message", literal: "Successfully logged out")
        if let leaves { writer.member("logout_url", leaves) }
      }
    }
  }

  /// Where a browser signs out of the issuer as well, by whom it has signed in; nil where it has not, or there is no such place.
  private func issuerLogout(_ request: GatewayRequest) -> String? {
    guard case .signIn(let id) = request.proof, let issuer = context.services.issuer,
      desk.access.signIns[id]?.issuer == issuer.settings.issuer
    else { return nil }
    return issuer.signOutURL(identityText: nil, redirectURL: nil)
  }

  // MARK: Passwords

  /// `POST /api/v1/auth/password`.
  private func changePassword(
    _ request: GatewayRequest, _ body: PasswordChange
  ) async throws(RequestFailure) {
    let place = place(of: request)
    let user = try request.requireSignedIn()
    var isOfBrowser = false
    if case .signIn(let id) = request.proof { isOfBrowser = desk.access.signIns[id]?.kind == .cookie }
    let changed = try await desk.changePassword(body, of: user, from: place)
    // All that he had signed in with is over, and this browser goes on.
    guard isOfBrowser else { return request.respond(message: "Password successfully changed") }
    let (_, fields) = try await desk.beginBrowser(changed, from: place)
    request.respond(message: "Password successfully changed", fields: fields)
  }
}
