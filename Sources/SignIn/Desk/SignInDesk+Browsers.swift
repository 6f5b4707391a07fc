internal import Access
internal import AccessStorage
internal import Handling
internal import HTTPFields
internal import Sessions
internal import System

// Browsers that sign in: the page's cookies.
extension SignInDesk {
  /// Signs a user in with a browser, and comes back when that is stored.
  ///
  /// - Parameters:
  ///   - issuer: by whom he was found to be who he is; nil: by his password.
  ///   - earlier: the sign-ins that the browser shows, which end with this.
  /// - Returns: by what it is known, and the fields that give the browser its cookies.
  func beginBrowser(
    _ user: UserRecord, by issuer: String? = nil, from place: SignInPlace, insteadOf earlier: [SignInID] = []
  ) async throws(RequestFailure) -> (id: SignInID, fields: FieldSection) {
    let now = Timestamp.now
    // Whoever knows what the browser was known by before knows nothing that counts from now on.
    let (cookie, device) = (UserCookie(), UserCookie())
    let record = SignInRecord(
      id: SignInID(cookie.digest), user: user.id, kind: .cookie, generation: user.generation, createdAt: now,
      expiresAt: now.adding(Self.wholeTime), idleUntil: now.adding(SignInRecord.idleTime), issuer: issuer)
    let texts = (place.network.text.map { [$0] } ?? []) + [SignInPlace.text(of: device)]
    try await begin(record, from: texts, insteadOf: place.devices.map(SignInPlace.text), at: now)
    if !earlier.isEmpty { try await end(earlier) }
    var fields: FieldSection = [("Cache-Control", "no-store")]
    fields.append(
      "Set-Cookie",
      cookie.setting(
        .user, place.form, path: place.path, seconds: Int(Self.wholeTime.components.seconds)))
    fields.append(
      "Set-Cookie", device.setting(.device, place.form, path: place.path, seconds: Self.deviceSeconds))
    return (record.id, fields)
  }

  /// The fields that take the browser's sign-in from it: it stays known as one that has signed in.
  func endingFields(_ place: SignInPlace) -> FieldSection {
    [("Cache-Control", "no-store"), ("Set-Cookie", UserCookie.ending(.user, place.form, path: place.path))]
  }

  /// Notes that a user has signed in, and keeps the row by which that lasts.
  func begin(
    _ record: SignInRecord, from places: [String], insteadOf earlier: [String] = [], at now: Timestamp
  ) async throws(RequestFailure) {
    do throws(AccessError) {
      try await keeper.change(record.user) { (user) throws(RecordError) in
        user.noteSignIn(from: places, insteadOf: earlier, at: now)
        // Who signs in by his password wants no other.
        if record.issuer == nil { user.resetAskedAt = nil }
      }
      try await signIns.put(record)
    } catch { throw RequestFailure(error) }
  }

  /// Ends sign-ins, and comes back when that is stored.
  func end(_ ids: [SignInID]) async throws(RequestFailure) {
    do throws(AccessError) { try await signIns.end(ids) } catch { throw RequestFailure(error) }
  }

  /// Ends all that a user has signed in with: cookies, refresh tokens, tokens for requests.
  ///
  /// - Parameter edit: what is changed of him with it.
  /// - Returns: the user as he is then.
  @discardableResult
  func endAll(
    of id: UserID,
    _ edit: @escaping @Sendable (inout UserRecord) throws(RecordError) -> Void = { $0.endSignIns(at: .now) }
  ) async throws(RequestFailure) -> UserRecord {
    do throws(AccessError) {
      let user = try await keeper.change(id, edit)
      try await signIns.endAll(of: id)
      return user
    } catch { throw RequestFailure(error) }
  }
}

extension RequestFailure {
  /// Users cannot be changed, nor sign-ins kept, just now.
  static let storeIsAway = RequestFailure(503, "The store of the users does not work.", retryAfter: 5)

  /// What was asked of users was not done.
  init(_ error: AccessError) {
    switch error {
    case .noStore: self.init(409, "With --store memory there are no users.")
    case .contended:
      self.init(409, "Somebody else changes it at the same time.", headerFields: [("Retry-After", "1")])
    case .invalid(let error):
      self.init(422, "“\(error.member)” takes \(error.takes).", field: error.member)
    case .tooMany(let limit): self.init(409, "There are \(limit) already, and no more may be.")
    // What is wrong with it is for the operator, who reads it in the log.
    case .store: self = .storeIsAway
    default: self.init(409, "It has changed meanwhile.")
    }
  }
}
