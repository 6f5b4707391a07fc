internal import Handling
internal import System

// What is told to who cannot sign in: the first system's words.
extension RequestFailure {
  static let wrongPassword = unauthorized("Incorrect username or password")
  static let notAuthenticated = unauthorized("Not authenticated")
  static let badCredentials = unauthorized("Could not validate credentials")
  static let noActiveUser = unauthorized("User not found or inactive")
  static let inactiveAccount = RequestFailure(403, "Inactive user account")
  static let inactiveUser = RequestFailure(403, "Inactive user")
  static let accountLockedNow = RequestFailure(
    403, "Account locked due to multiple failed login attempts. Try again in 30 minutes.")
  static let registrationIsOff = RequestFailure(
    403, "Registration is disabled: ask whoever runs this gateway for an account.")
  static let registrationsAreFull = RequestFailure(
    403, "No more can register for now: ask whoever runs this gateway for an account.")
  static let ownKeysAreOff = RequestFailure(
    403, "Users make no keys of their own here: ask whoever runs this gateway for one.")
  static let tooManySignIns = RequestFailure(
    429, "As many passwords are being checked as may wait. Try again in a moment.", retryAfter: 2)

  /// In these words, which clients of the first system look for.
  private static func unauthorized(_ detail: String) -> RequestFailure {
    RequestFailure(401, detail, headerFields: [("WWW-Authenticate", "Bearer")])
  }

  /// - Parameter time: when it is open again.
  static func accountLocked(until time: Timestamp) -> RequestFailure {
    // As Python writes a time with its zone.
    let text = time.iso8601
    let day = text.prefix(10)
    let clock = text.dropFirst(11).dropLast()
    return RequestFailure(403, "Account locked until \(day) \(clock)000+00:00")
  }

  /// As often as may be within a minute.
  static func rateExceeded(_ rest: Duration) -> RequestFailure {
    let (seconds, fraction) = rest.components
    let whole = max(1, Int(seconds) + (fraction > 0 ? 1 : 0))
    return RequestFailure(
      429, "Rate limit exceeded. Try again in \(whole) seconds", retryAfter: whole)
  }
}
