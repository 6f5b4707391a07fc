internal import Access
internal import AccessStorage
internal import Handling
internal import JSONWebToken
internal import Sessions
internal import System

// Programs that sign in: the first system's pairs of tokens.
extension SignInDesk {
  /// Signs a user in, and comes back when that is stored.
  func beginTokens(_ user: UserRecord, from place: SignInPlace) async throws(RequestFailure) -> TokenPair {
    let now = Timestamp.now
    let record = SignInRecord(
      id: .random(), user: user.id, kind: .refresh, generation: user.generation, createdAt: now,
      expiresAt: now.adding(RefreshFamily.time))
    let pair = try pair(record, of: user)
    // Programs have no cookies, and a browser's is not theirs to make known.
    try await begin(record, from: place.network.text.map { [$0] } ?? [], at: now)
    return pair
  }

  private func pair(_ record: SignInRecord, of user: UserRecord) throws(RequestFailure) -> TokenPair {
    guard let tokens, let pair = TokenPair(record, of: user, by: tokens) else { throw .storeIsAway }
    return pair
  }

  /// The next pair of a sign-in, once that is stored.
  ///
  /// - Throws: 401 for what is no valid token of this kind; by one that was used before its whole family ends.
  func refresh(_ text: String, for request: GatewayRequest) async throws(RequestFailure) -> TokenPair {
    let now = Timestamp.now
    guard let token = refreshToken(text, at: now), let id = RefreshTokenID(token.id),
      let record = signIns[id.family], record.kind == .refresh, record.user.number == token.userID,
      record.lasts(at: now)
    else { throw .badCredentials }
    guard let user = directory.user(record.user)?.user, !user.isDisabled else { throw .noActiveUser }
    guard user.generation == record.generation, user.generation == token.generation else {
      throw .badCredentials
    }
    let changed: (result: RefreshOutcome, record: SignInRecord)?
    do throws(AccessError) {
      // What is decided is decided on the row as it is then: of two at once one comes after the other.
      changed = try await signIns.change(id.family) { record in
        RefreshOutcome(of: &record, id.number, at: now)
      }
    } catch { throw RequestFailure(error) }
    guard let changed else { throw .badCredentials }
    switch changed.result {
    case .valid: return try pair(changed.record, of: user)
    case .unknown: throw .badCredentials
    case .replayed:
      audit.note(.replayToken, user: user, by: request)
      try await end([id.family])
      throw .badCredentials
    }
  }

  private func refreshToken(_ text: String, at now: Timestamp) -> OwnToken? {
    do throws(TokenFault) { return try tokens?.read(TokenText(text), as: .refresh, at: now.seconds) } catch {
      return nil
    }
  }
}

/// What has come of a refresh token.
enum RefreshOutcome: Sendable {
  /// The row says which pair is the response.
  case valid
  case replayed
  case unknown

  /// - Parameter record: changes where the family goes on.
  init(of record: inout SignInRecord, _ number: Int, at now: Timestamp) {
    guard let family = RefreshFamily(number: record.number, issuedAt: record.issuedAt) else {
      self = .unknown
      return
    }
    switch family.take(number, at: now) {
    case .next(let next):
      record.number = next.number
      record.issuedAt = next.issuedAt
      record.expiresAt = next.expiresAt
      self = .valid
    case .again: self = .valid
    case .replayed: self = .replayed
    case .unknown: self = .unknown
    }
  }
}
