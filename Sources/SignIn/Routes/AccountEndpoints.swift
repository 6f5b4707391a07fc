internal import Access
internal import Configuration
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

/// The first system's routes of users: sign-in of programs by name and password, their tokens, new users, lost passwords. Lives on its
/// worker's loop.
package final class AccountEndpoints: RouteCollection {
  package let context: WorkerContext
  private let desk: SignInDesk

  /// On the thread of the context's loop.
  ///
  /// - Parameter desk: that of all workers.
  package init(_ context: WorkerContext, _ desk: SignInDesk) {
    self.context = context
    self.desk = desk
  }

  package var routes: [Route] { tokenRoutes + userRoutes + linkRoutes }

  private var tokenRoutes: [Route] {
    [
      Route(
        "/api/v1/auth/login",
        .post(
          .open, .login, failures: [401, 409, 413, 422],
          bytesTask(
            requireForm, { (bytes) throws(RequestFailure) in try NameAndPassword(form: bytes) }, login))),
      Route(
        "/api/v1/auth/refresh",
        .post(
          .open, .refresh, failures: [401, 409, 413, 415, 422],
          jsonTask({ _ in }, { (body) throws(RequestFailure) in try RefreshBody(body) }, refresh))),
      Route(
        "/api/v1/auth/logout",
        .post(.known, .logout, failures: [401], task(logout))),
      Route("/api/v1/auth/me", .get(.known, .showUser, failures: [401], Handler(showUser))),
    ]
  }

  private var userRoutes: [Route] {
    [
      Route(
        "/api/v1/auth/register",
        .post(
          .open, .register, failures: [409, 413, 415, 422],
          jsonTask(
            requireRegistration, { (body) throws(RequestFailure) in try Registration(body) }, register)))
    ]
  }

  private var linkRoutes: [Route] {
    [
      Route(
        "/api/v1/auth/password-reset",
        .post(
          .known, .wishReset, failures: [413, 415, 422],
          jsonTask({ _ in }, { (body) throws(RequestFailure) in try ResetWish(body) }, noteWish))),
      Route(
        "/api/v1/auth/password-reset/confirm",
        .post(
          .open, .confirmReset, failures: [409, 413, 415, 422],
          jsonTask(
            { _ in }, { (body) throws(RequestFailure) in try ResetConfirmation(body) }, confirmReset))),
      Route(
        "/api/v1/auth/verify-email/{token}",
        .get(.open, .openVerification, failures: [409], task(verify)),
        .post(.open, .verify, failures: [409], task(verify))),
    ]
  }

  private func place(of request: GatewayRequest) -> SignInPlace {
    SignInPlace(request, basePath: "\(context.settings.configuration.basePath)")
  }

  // MARK: Tokens

  /// A form, as OAuth 2 has it: what else a body says that it is counts as one without fields.
  private func requireForm(_ request: GatewayRequest) throws(RequestFailure) {
    guard let type = request.exchange.request.first("content-type"),
      !type.hasMediaType("application/x-www-form-urlencoded")
    else { return }
    throw RequestFailure(
      422, "“username” is missing: this path takes a form, application/x-www-form-urlencoded.",
      field: "username", fault: FieldFault(.missing))
  }

  /// `POST /api/v1/auth/login`.
  private func login(_ request: GatewayRequest, _ input: NameAndPassword) async throws(RequestFailure) {
    let place = place(of: request)
    let user = try await desk.user(input, from: place)
    tell(try await desk.beginTokens(user, from: place), to: request)
  }

  /// `POST /api/v1/auth/refresh`.
  private func refresh(_ request: GatewayRequest, _ body: RefreshBody) async throws(RequestFailure) {
    tell(try await desk.refresh(body.token, for: request), to: request)
  }

  private func tell(_ pair: TokenPair, to request: GatewayRequest) {
    request.respond(fields: [("Cache-Control", "no-store")]) { pair.encode(into: &$0) }
  }

  /// `POST /api/v1/auth/logout`.
  private func logout(_ request: GatewayRequest) async throws(RequestFailure) {
    _ = try request.requireUser()
    if case .signIn(let id) = request.proof { try await desk.end([id]) }
    request.respond(message: "Successfully logged out", fields: desk.endingFields(place(of: request)))
  }

  /// `GET /api/v1/auth/me`.
  private func showUser(_ request: GatewayRequest) throws(RequestFailure) {
    let user = desk.current(try request.requireUser())
    request.respond(fields: [("Cache-Control", "no-store")]) { UserReport.encode(user, into: &$0) }
  }

  // MARK: Users

  private func requireRegistration(_ request: GatewayRequest) throws(RequestFailure) {
    guard context.settings.configuration.allowRegistration else { throw .registrationIsOff }
  }

  /// `POST /api/v1/auth/register`.
  private func register(_ request: GatewayRequest, _ body: Registration) async throws(RequestFailure) {
    let user = try await desk.register(body, from: place(of: request))
    request.respond(201) { UserReport.encode(user, into: &$0) }
  }

  // MARK: Links

  /// `POST /api/v1/auth/password-reset`.
  private func noteWish(_ request: GatewayRequest, _ body: ResetWish) async throws(RequestFailure) {
    try desk.noteWish(
      body.email, by: request.principal?.grant?.user?.id, from: place(of: request).network)
    request.respond(message: "If the email exists, a password reset link has been sent")
  }

  /// `POST /api/v1/auth/password-reset/confirm`.
  private func confirmReset(
    _ request: GatewayRequest, _ body: ResetConfirmation
  ) async throws(RequestFailure) {
    try await desk.setPassword(body)
    request.respond(message: "Password successfully reset")
  }

  /// `GET` and `POST /api/v1/auth/verify-email/{token}`.
  private func verify(_ request: GatewayRequest) async throws(RequestFailure) {
    if try await desk.verify(request.parameter) {
      request.respond(message: "Email already verified")
    } else {
      request.respond(message: "Email successfully verified")
    }
  }
}
