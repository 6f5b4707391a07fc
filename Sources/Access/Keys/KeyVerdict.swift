/// What comes of the keys that a request shows.
public enum KeyVerdict: Sendable {
  /// It shows none that is ours by its form.
  case noKey
  /// A valid one; whether it was shown by its earlier secret, which is valid for some time yet.
  case grant(Grant, isEarlier: Bool)
  /// One that is none of ours, or not valid.
  case wrong(KeyFault)
}

/// Why a key is not taken. Whoever shows it is told no more than ``expired`` or ``disabled``, and that only by the right secret.
public enum KeyFault: Equatable, Sendable {
  /// Our form, with a letter wrong: its check digits say so.
  case malformed
  /// Nobody has made a key of this public part.
  case unknown
  /// There is such a key, but this is not its secret, or no more.
  case wrongSecret
  /// Its time is over.
  case expired
  /// It is not valid for now.
  case disabled
  /// It may not be used from the client's address.
  case address
  /// The request shows two different keys: which is meant is not guessed (400).
  case twoKeys

  /// Whether a change that is not known yet may be what makes the key a good one: it was made, rotated or enabled a moment ago.
  package var maySettle: Bool {
    switch self {
    case .unknown, .wrongSecret, .expired, .disabled, .address: true
    case .malformed, .twoKeys: false
    }
  }
}
