internal import Access
internal import Handling
internal import HTTPFields
internal import HTTPServer

// Who asks, for the routes that are about users.
extension GatewayRequest {
  /// The user who has shown who he is, by whatever: a token, a cookie, a key of his, a trusted proxy's word.
  ///
  /// - Throws: 401 where nothing was shown or nothing of it counts, 403 for a user who is disabled.
  func requireUser() throws(RequestFailure) -> UserRecord {
    if let user = principal?.grant?.user { return user }
    if unbelieved == .disabled { throw .inactiveUser }
    throw showsBearer ? .badCredentials : .notAuthenticated
  }

  /// The same for what keys do not let do, whoever's they are: a key that may do little would make one that may do more.
  func requireSignedIn() throws(RequestFailure) -> UserRecord {
    let user = try requireUser()
    guard principal?.grant?.key == nil else {
      throw RequestFailure(403, "This takes who has signed in: a key does not do.")
    }
    return user
  }

  /// Whether anything stands behind `Authorization: Bearer`.
  private var showsBearer: Bool {
    guard let text = exchange.request.first("authorization") else { return false }
    let scheme = text.utf8.prefix { $0 != UInt8(ascii: " ") }
    return String(Substring(scheme)).isFieldName("bearer")
  }
}
