internal import Access
internal import Accounts
internal import Bytes
internal import HTTPFields
internal import HTTPServer
internal import JSONWebToken
internal import System

// Users who have signed in by a program, and show the token that it got.
extension Doorkeeper {
  /// What comes of a token that a request shows.
  enum TokenVerdict {
    /// It shows none that says that it is one of ours.
    case none
    case valid(Principal)
    case wrong(KeyFault)
  }

  /// What comes of `Authorization: Bearer`, where that has a token of ours. It is valid as long as its user may come in, has the same
  /// password, and has not signed out.
  func shownToken(_ request: GatewayRequest) -> TokenVerdict {
    guard let ownTokens, directory.hasUsers else { return .none }
    let shown = request.exchange.request.fields.withFirst("authorization") { field in
      Doorkeeper.token(in: field.value)
    }
    guard let token = shown, OwnTokens.areOurs(token.claims) else { return .none }
    let now = Timestamp.now
    let own: OwnToken
    do throws(TokenFault) {
      own = try ownTokens.read(token, as: .access, at: now.millisecondsSince1970 / 1000)
    } catch {
      return .wrong(error == .expired ? .expired : .unknown)
    }
    guard let user = UserID(own.userID), let grant = directory.user(user), let record = grant.user else {
      return .wrong(.unknown)
    }
    if record.isDisabled { return .wrong(.disabled) }
    // What stands before the dot is of which sign-in it is.
    guard Int64(record.generation) == own.generation, let family = own.id.split(separator: ".").first,
      let id = SignInID(family), control.signIns.lasts(id, of: user, at: now)
    else { return .wrong(.expired) }
    request.proof = .signIn(id)
    return .valid(authenticator.principal(of: grant))
  }

  /// The token behind the scheme, in any case of its letters; nil where none of its form stands there.
  private static func token(in value: UnsafeRawBufferPointer) -> TokenText? {
    let scheme = "bearer".utf8
    guard value.count > scheme.count, value[scheme.count] == UInt8(ascii: " "),
      zip(value, scheme).allSatisfy({ ASCII.lowercased($0) == $1 })
    else { return nil }
    let text = UnsafeRawBufferPointer(rebasing: value[(scheme.count + 1)...].withoutBlanks)
    guard text.count <= TokenText.longest, TokenText.isForm(text) else { return nil }
    do throws(TokenFault) { return try TokenText(text) } catch { return nil }
  }
}

extension RequestFailure {
  /// A token of ours that is not taken.
  static func wrongToken(_ fault: KeyFault) -> RequestFailure {
    switch fault {
    case .expired: credential("the token has expired, or its user has signed out")
    case .disabled: credential("the token's user is disabled")
    default: credential("the token is not valid")
    }
  }
}
