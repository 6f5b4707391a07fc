internal import Access
internal import AccessStorage
internal import Handling
internal import System

// Keys that users make for themselves.
extension SignInDesk {
  /// The most keys that one user makes.
  static let ownKeyLimit = 20

  /// All keys of a user, the one that was made last first.
  func keys(of user: UserRecord) -> [KeyRecord] {
    directory.keys.filter { $0.user == user.name }.sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
  }

  /// Makes a key.
  ///
  /// - Parameter scopes: what its maker may do: the key may do no more.
  /// - Returns: the key, and its text, which is told once.
  func makeKey(
    _ body: OwnKeyBody, of user: UserRecord, with scopes: Scopes, by request: GatewayRequest
  ) async throws(RequestFailure) -> (record: KeyRecord, text: KeyText) {
    let wanted = body.scopes ?? Scopes.Preset.standard.scopes.intersection(scopes)
    guard wanted.effective.isSubset(of: scopes) else {
      throw RequestFailure(
        403, "A key of yours may do what you may, and no more: \(scopes.names.joined(separator: ", ")).")
    }
    let text = KeyText()
    var record = KeyRecord(id: text.id, name: body.name, secret: text.secret, createdAt: .now)
    record.scopes = wanted
    record.models = body.models
    record.expiresAt = body.expiresAt
    record.user = user.name
    record.isMadeByUser = true
    let new = record
    do throws(AccessError) {
      try await keeper.perform { (book) throws(AccessError) in
        let count = book.storedKeys.count { $0.user == new.user && $0.isMadeByUser }
        guard count < Self.ownKeyLimit else { throw .tooMany(limit: Self.ownKeyLimit) }
        try book.add(new)
      }
    } catch { throw RequestFailure(error) }
    audit.note(.makeKey, key: record, by: request)
    return (record, text)
  }

  /// Ends a key.
  func delete(_ key: KeyRecord, by request: GatewayRequest) async throws(RequestFailure) {
    do throws(AccessError) { try await keeper.delete(key.id) } catch {
      if case .noKey = error { throw RequestFailure(404, "You have no such key.", field: "id") }
      throw RequestFailure(error)
    }
    audit.note(.deleteKey, key: key, by: request)
  }
}
