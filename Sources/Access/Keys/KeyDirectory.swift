/// All keys and teams at one moment. Immutable, so that any thread may look into it without a lock: a change is another directory.
public final class KeyDirectory: Sendable {
  /// Whether callers without a key are shut out by the first key, which holds also when that is gone.
  public let isClosed: Bool
  /// All keys, sorted by their ids.
  public let all: [KeyGrant]
  private let grants: [KeyID: KeyGrant]
  private let custom: [SecretDigest: KeyGrant]
  private let teams: [TeamName: TeamRecord]

  /// Without keys, and open.
  public static let empty = KeyDirectory(keys: [], teams: [], isClosed: false)

  /// - Parameters:
  ///   - keys: of two with one id, or of two custom keys with one digest, the first counts.
  ///   - teams: of two with one name the first counts.
  public init(keys: [KeyRecord], teams: [TeamRecord], isClosed: Bool) {
    self.isClosed = isClosed
    let teams = Dictionary(teams.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let all = keys.map { key in KeyGrant(key, team: key.team.flatMap { teams[$0] }) }
    let grants = Dictionary(all.map { ($0.record.id, $0) }, uniquingKeysWith: { first, _ in first })
    var custom: [SecretDigest: KeyGrant] = [:]
    for grant in all where grants[grant.record.id] === grant {
      for secret in grant.record.customSecrets where custom[secret] == nil { custom[secret] = grant }
    }
    self.all = grants.values.sorted { $0.record.id < $1.record.id }
    self.teams = teams
    self.grants = grants
    self.custom = custom
  }

  /// Whether there are no keys.
  public var isEmpty: Bool { grants.isEmpty }

  /// How many keys there are.
  public var count: Int { grants.count }

  /// Whether there are keys that were made elsewhere.
  var hasCustomKeys: Bool { !custom.isEmpty }

  /// The key of a public part, valid or not.
  public subscript(_ id: KeyID) -> KeyGrant? { grants[id] }

  /// The custom key of a digest, valid or not.
  package subscript(custom digest: SecretDigest) -> KeyGrant? { custom[digest] }

  /// What is compared with where there is no key of a public part: some key, so that the look takes as long as at one that there is.
  /// Nil where there are no keys.
  func decoy(for id: KeyID) -> KeyGrant? {
    all.isEmpty ? nil : all[Int(truncatingIfNeeded: id.bits % UInt64(all.count))]
  }

  /// All teams, sorted by their names.
  public var allTeams: [TeamRecord] { teams.values.sorted { $0.name < $1.name } }

  /// The team of a name.
  public func team(_ name: TeamName) -> TeamRecord? { teams[name] }
}

extension KeyRecord {
  /// Those of its secrets, this one and the one before, that are digests of whole texts.
  fileprivate var customSecrets: [SecretDigest] {
    [isCustom ? secret : nil, earlier.flatMap { $0.isCustom ? $0.secret : nil }].compactMap { $0 }
  }
}
