internal import Access
internal import Accounts
internal import HTTPFields
internal import HTTPServer
internal import OllamaAPI
internal import System

// Users who have signed in with a browser, and show its cookie.
extension Doorkeeper {
  /// Who is signed in with the browser that has sent a request; nil where nobody is. A cookie that is not valid counts as not there.
  ///
  /// A browser sends its cookies whatever page asks: what changes something, and what opens a WebSocket, is taken of the gateway's own
  /// pages alone.
  ///
  /// - Throws: 403 for another page.
  func signedIn(_ request: GatewayRequest) throws(RequestFailure) -> Principal? {
    guard directory.hasUsers, let (record, grant) = signIn(shownBy: request) else { return nil }
    guard grant.user?.isDisabled != true else {
      request.unbelieved = .disabled
      return nil
    }
    if request.changesAnything { guard request.isOfOwnPage else { throw .notOwnPage } }
    extend(record)
    request.proof = .signIn(record.id)
    return authenticator.principal(of: grant)
  }

  private func signIn(shownBy request: GatewayRequest) -> (SignInRecord, Grant)? {
    let isSecure = request.forwarded?.isSecure == true
    let cookies = UserCookie.read(
      .user, UserCookie.Form(isSecure: isSecure, path: basePath), in: request.exchange.request.fields)
    // Without TLS a cookie is good on this machine alone, as it was given there.
    guard !cookies.isEmpty, isSecure || request.isFromThisMachine else { return nil }
    let now = Timestamp.now
    for cookie in cookies {
      guard let record = control.signIns[SignInID(cookie.digest)], record.kind == .cookie,
        record.lasts(at: now), let grant = directory.user(record.user),
        grant.user?.generation == record.generation
      else { continue }
      return (record, grant)
    }
    return nil
  }

  /// It is used: it rests from now on.
  private func extend(_ record: SignInRecord) {
    guard let idleUntil = record.idleUntil else { return }
    let now = Timestamp.now
    let next = now.adding(SignInRecord.idleTime)
    guard next > idleUntil.adding(SignInRecord.idleStep) else { return }
    control.signIns.extend(record.id, until: next)
    storeUse?(record.id)
  }
}

extension RequestFailure {
  /// A page that is none of the gateway's own asks with the cookie of who has signed in.
  package static let notOwnPage: RequestFailure = {
    var failure = RequestFailure(
      403, "This request comes from a page that is none of the gateway's own.")
    failure.cause = .permission
    return failure
  }()
}
