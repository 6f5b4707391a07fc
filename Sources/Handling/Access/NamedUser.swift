package import Access
package import HTTPFields

/// The user for whom a key asks that acts for others: Open WebUI's one key, whose users each have their own sessions, share of the
/// queue, limits and account.
package enum NamedUser {
  /// By which Open WebUI says who its user is.
  static let field: StaticString = "x-openwebui-user-id"

  /// Who asks, where the key may name a user and does; else the principal as it is. Of any other key the field says nothing.
  ///
  /// - Parameters:
  ///   - principal: that of the key; where all callers are one it stays that.
  ///   - fields: the request's header.
  /// - Throws: 400 for what is no name: it is neither the key's own nor another user's.
  package static func principal(
    _ principal: Principal, in fields: FieldSection
  ) throws(RequestFailure) -> Principal {
    guard let grant = principal.grant, grant.mayActForUsers, principal.id != .everybody,
      let key = grant.key?.id,
      let text = fields.first(field)
    else { return principal }
    // It stands in lists and accounts, as other names do.
    guard let user = UserName(text), !KeyRedaction.holdsSecret(text) else {
      throw RequestFailure(
        400, "X-OpenWebUI-User-Id takes 1-128 visible characters of ASCII, without a key in them.")
    }
    return Principal(.keyUser(key, user), scopes: principal.scopes, grant: grant)
  }
}
