public import Limits
public import System

/// All that is known of a key, but the key: what a store, the file of keys and the admin API have of it.
public struct KeyRecord: Equatable, Sendable {
  /// Its public part.
  public let id: KeyID
  /// What people call it: 1-100 bytes without control characters.
  public var name: String
  /// By which it is known: see ``KeyText`` for what is digested.
  public var secret: SecretDigest
  /// The one before the last rotation, while it is valid as well.
  public var earlier: EarlierSecret?
  /// Whether its text is of another form than ours: it came from elsewhere, and is digested whole.
  public var isCustom = false
  /// By which the text of `admin_key_file` is known that made it that file's: a rotation leaves it as it is. Nil where it is not the file's.
  public var fileSecret: SecretDigest?
  /// What it may do.
  public var scopes = Scopes.Preset.standard.scopes
  /// The models that it may use. Nil: all; empty: none.
  public var models: ModelRules?
  /// Whose it is: then the sessions and the account are this user's, and his limits and models hold for it as well.
  public var user: UserName?
  /// Whether the user has made it himself: then it may do no more than he.
  public var isMadeByUser = false
  /// The team whose limits and models hold for it as well. Nil: its user's.
  public var team: TeamName?
  /// What operators note of it: at most ``labelLimit``, each key of 1-64 bytes and each value of at most 256 without control
  /// characters.
  public var labels: [String: String] = [:]
  /// How urgent what it asks is among what waits.
  public var priority = KeyPriority.normal
  /// Its share among others of one priority: 1-1000.
  public var weight = 100
  /// When it was made.
  public var createdAt: Timestamp
  /// From then on it is valid no more; nil: it stays valid.
  public var expiresAt: Timestamp?
  /// Whether it is not valid for now.
  public var isDisabled = false
  /// From where it may be used: at most ``networkLimit``. Nil: from everywhere.
  public var allowedIPs: [IPNetwork]?
  /// Whether it may name the user for whom it asks.
  public var mayActForUsers = false
  /// What it may use.
  public var limits = LimitSet.none
  /// Who keeps it. No part of the document.
  public var source = Source.store

  /// A secret that a rotation has replaced.
  public struct EarlierSecret: Equatable, Sendable {
    public var secret: SecretDigest
    /// Whether its text is of another form than ours: a key that was made elsewhere may get one of ours, and the other way round.
    public var isCustom: Bool
    /// From then on it is valid no more.
    public var validUntil: Timestamp

    public init(secret: SecretDigest, isCustom: Bool = false, validUntil: Timestamp) {
      self.secret = secret
      self.isCustom = isCustom
      self.validUntil = validUntil
    }
  }

  /// Who keeps a key.
  public enum Source: Sendable {
    /// The store: it can be changed.
    case store
    /// The operator's file.
    case file
  }

  /// The most labels of a key.
  public static let labelLimit = 32
  /// The most networks of a key.
  public static let networkLimit = 100
  /// What ``weight`` takes.
  public static let weights = 1...1000

  /// One that may do what people need, and has no limits: see the properties.
  public init(id: KeyID, name: String, secret: SecretDigest, createdAt: Timestamp) {
    self.id = id
    self.name = name
    self.secret = secret
    self.createdAt = createdAt
  }
}

/// How urgent what a key asks is.
public enum KeyPriority: String, CaseIterable, Sendable {
  /// Somebody waits for it.
  case interactive
  case normal
  /// It may wait for what is urgent.
  case batch
}
