public import Limits
public import System

/// All that is known of a user, but his password: what a store and the admin API have of him.
public struct UserRecord: Equatable, Sendable {
  /// His number.
  public let id: UserID
  /// What he is called, and by what he signs in; no other user has it.
  public var name: UserName
  /// By which he may sign in as well: see ``EmailAddress``. No other user has it in upper or lower case.
  public var email: String?
  /// Whether he alone has said that the address is his. An administrator who gives it to him says so too.
  public var isEmailClaimed = false
  /// Whether he has made himself: see ``isUnconfirmed``.
  public var isRegistered = false
  /// What people call him: at most ``longestFullName`` bytes without control characters.
  public var fullName: String?
  /// By which his password is known: the text of bcrypt. Nil: he cannot sign in by a password.
  public var passwordHash: String?
  /// What he may do where he signs in, and the most of what the keys may do that he has made himself.
  public var scopes = Scopes.Preset.standard.scopes
  /// The models that he may use, by whichever of his keys. Nil: all; empty: none.
  public var models: ModelRules?
  /// The team whose limits and models hold for him where no key of another one does.
  public var team: TeamName?
  /// What all his keys, tokens and cookies together may use.
  public var limits = LimitSet.none
  /// Whether he and his keys are let in for now.
  public var isDisabled = false
  /// When his e-mail address was found to be his.
  public var verifiedAt: Timestamp?
  /// When he was made.
  public var createdAt: Timestamp
  /// When somebody changed him last.
  public var updatedAt: Timestamp?
  /// When he signed in last.
  public var lastLoginAt: Timestamp?
  /// When he got the password that he has.
  public var passwordChangedAt: Timestamp?
  /// Goes up when all that he has signed in with has to end: tokens and cookies of an earlier one are over.
  public var generation = 1
  /// When that was the last time: tokens that an issuer has made before are over too.
  public var signedOutAt: Timestamp?
  /// As whom issuers know him: at most ``identityLimit``, none of which another user has.
  public var identities: [IssuerIdentity] = []
  /// The link by which he may set a new password, once.
  public var reset: Link?
  /// When somebody asked for such a link.
  public var resetAskedAt: Timestamp?
  /// The link that shows his e-mail address to be his.
  public var verification: Link?
  /// From where he has signed in lately: at most ``placeLimit``.
  public var places: [Place] = []
  /// When an administrator last ended the lock that failures had put on his name.
  public var unlockedAt: Timestamp?

  /// A secret that was given out in a link, once.
  public struct Link: Equatable, Sendable {
    /// By which the secret is known.
    public var digest: SecretDigest
    /// From then on it is valid no more.
    public var validUntil: Timestamp

    public init(digest: SecretDigest, validUntil: Timestamp) {
      self.digest = digest
      self.validUntil = validUntil
    }
  }

  /// A network, or a browser by the digest of its cookie, from which he has signed in.
  public struct Place: Equatable, Sendable {
    /// 1-128 visible characters of ASCII.
    public var place: String
    /// When it was the last time.
    public var seenAt: Timestamp

    public init(place: String, seenAt: Timestamp) {
      self.place = place
      self.seenAt = seenAt
    }
  }

  /// The most bytes of ``fullName``.
  public static let longestFullName = 200
  /// The most of ``identities``.
  public static let identityLimit = 8
  /// The most of ``places``.
  public static let placeLimit = 16

  /// One that may do what people need, has no limits, and no password: see the properties.
  public init(id: UserID, name: UserName, createdAt: Timestamp) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
  }

  /// Whether two records of a user say the same but for what is noted at a sign-in, and at a wish for another password: when, and from
  /// where. Nobody may do more or less by it.
  package func differsInNotesOnly(from other: UserRecord) -> Bool {
    var noted = self
    noted.lastLoginAt = other.lastLoginAt
    noted.places = other.places
    noted.resetAskedAt = other.resetAskedAt
    return noted == other
  }

  /// Whether an administrator may mean him by his e-mail address: it was found to be his, or somebody else has said so.
  package var hasSureEmail: Bool { email != nil && (verifiedAt != nil || !isEmailClaimed) }

  /// Whether nobody knows of him but himself: he has registered, and neither a link nor an administrator has found his address to be his.
  package var isUnconfirmed: Bool { isRegistered && isEmailClaimed && verifiedAt == nil }

  /// Whether he has signed in a day after he was made, or later.
  package var hasComeBack: Bool { lastLoginAt.map { $0 >= createdAt.adding(.seconds(86_400)) } ?? false }

  /// All that he has signed in with is over: tokens and cookies are of an earlier generation from now on, or were made before, and no
  /// network or browser is known as his. A link to set a password is over as well: whoever asked for it may be whom this is to keep out.
  public mutating func endSignIns(at now: Timestamp) {
    generation &+= 1
    signedOutAt = now
    reset = nil
    places = []
  }
}
