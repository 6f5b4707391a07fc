internal import Access
internal import Bytes
internal import HTTPFields
internal import HTTPServer

// Whom a proxy in front names, which has signed him in: `trusted_user_header`.
extension Doorkeeper {
  /// Lets in whom a trusted proxy names: a user, where an administrator has linked the name to one, else an owner of his own kind, whatever
  /// he is called, who may do what users may by themselves. Of anybody else the field says nothing.
  ///
  /// The proxy adds the field to what a browser sends, whatever page asks, and on the proxy's machine a page might be taken for the proxy:
  /// where a request says of which page it comes, and that is none of the gateway's own, nobody is named.
  ///
  /// - Returns: false where nobody is named.
  /// - Throws: 400 where the field does not have one name, 403 for another page that would change something, 401 where who is named may not come.
  func admitByProxy(_ request: GatewayRequest, by rule: RouteRule) throws(RequestFailure) -> Bool {
    guard !userField.isEmpty, request.forwarded != nil, let name = try nameByProxy(request) else {
      return false
    }
    if request.changesAnything {
      try request.requireOwnPageIfAny()
    } else if request.isOfAnotherPage {
      return false
    }
    if let grant = linkedUser(name) {
      if grant.user?.isDisabled == true {
        guard rule == .known else { throw .disabledUser }
        request.unbelieved = .disabled
        return true
      }
      try Doorkeeper.require(rule.scopes, of: grant)
      request.principal = authenticator.principal(of: grant)
    } else {
      let principal = authenticator.principal(ofProxyUser: name)
      guard rule.isOpen(to: principal) else { throw .keyRequired }
      request.principal = principal
    }
    request.proof = .proxy(name)
    return true
  }

  /// Whom a proxy has named stays whom he is taken for as long as names are believed, and this one is linked to nobody else.
  ///
  /// - Throws: 401 where that has changed.
  func requireStillNamed(_ name: UserName, _ admitted: Admitted) throws(RequestFailure) {
    guard !userField.isEmpty, linkedUser(name)?.user?.id == admitted.principal.grant?.user?.id else {
      throw .keyRequired
    }
  }

  /// The user whom a proxy's name has been linked to; nil: none.
  func linkedUser(_ name: UserName) -> Grant? {
    guard directory.hasUsers, let identity = IssuerIdentity(proxyUser: name) else { return nil }
    return directory.user(identity: identity)
  }

  /// - Throws: 400 where the field is there twice, or is no name. An empty one is as none.
  private func nameByProxy(_ request: GatewayRequest) throws(RequestFailure) -> UserName? {
    var text: String?
    var count = 0
    request.exchange.request.fields.withEachField { field in
      guard field.name.count == userField.count,
        zip(field.name, userField).allSatisfy({ ASCII.lowercased($0) == $1 })
      else { return }
      count += 1
      // What is longer is no name, and not worth a copy.
      text = String(decoding: field.value.prefix(UserName.longest + 1), as: UTF8.self)
    }
    guard let text, count > 1 || !text.isEmpty else { return nil }
    // A comma is what becomes of two fields on their way (RFC 9110 section 5.3).
    guard count == 1, let name = UserName(text), !text.utf8.contains(UInt8(ascii: ",")),
      !KeyRedaction.holdsSecret(text)
    else { throw .badProxyUser }
    return name
  }
}

extension RouteRule {
  /// Whether it is open to who is known by a name alone: never what only a credential of the gateway's opens.
  fileprivate func isOpen(to principal: Principal) -> Bool {
    switch self {
    case .open, .known: true
    case .scope(let scopes): !scopes.isDisjoint(with: principal.scopes)
    case .credential, .fleet: false
    }
  }
}

extension RequestFailure {
  /// Who is named is a user whom an administrator has disabled.
  static let disabledUser = credential("this user is disabled")

  /// The field that names the user has several values, or what is no name.
  static let badProxyUser = RequestFailure(
    400, "The field by which a proxy names the user takes \(UserName.takes), without a comma or a key in it.")
}
