internal import Access
internal import AccessStorage
internal import Handling
internal import Issuers
internal import System

// Users whom an issuer knows.
extension SignInDesk {
  /// The user whom an issuer has signed in: known by the issuer's identity of him alone, never by a name or an address. One who is not
  /// known is made where the settings say so. What the issuer says of team and scopes takes the place of what his record says;
  /// where it names no team that there is he keeps the one of his record.
  ///
  /// - Throws: 403 for one who is not known and may not be made, and for one who is disabled.
  func user(of arrived: IssuerUser) async throws(RequestFailure) -> UserRecord {
    do throws(AccessError) {
      guard var user = try await keeper.user(of: arrived) else {
        throw AccessError.noUser
      }
      if arrived.teams != nil || arrived.scopes != nil {
        let team = arrived.teams?.first { directory.team($0) != nil }
        user = try await keeper.change(user.id) { (record) throws(RecordError) in
          if let team { record.team = team }
          if let scopes = arrived.scopes { record.scopes = scopes }
        }
      }
      if !user.isDisabled { return user }
    } catch {
      guard case .noUser = error else { throw RequestFailure(error) }
      throw RequestFailure(
        403, "The issuer knows you, and this gateway does not: ask whoever runs it for an account.")
    }
    throw .inactiveAccount
  }
}
