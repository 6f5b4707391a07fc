internal import HTTPFields
public import JSON
internal import Limits
internal import System

// The members of a key's document, which stores, the admin API and the file of keys have in common.
extension KeyRecord {
  /// A member that says something of the key, by its name.
  public enum Member: String, CaseIterable, Sendable {
    case id, name, hash, custom, earlier, scopes, models, user, team, labels, priority, weight
    case createdAt = "created_at"
    case expiresAt = "expires_at"
    case disabled
    case allowedIPs = "allowed_ips"
    case mayActForUsers = "may_act_for_users"
    case madeByUser = "made_by_user"
    case fileHash = "file_hash"
    case limits

    /// Those that keys of the operator's file have.
    public static let ofFiles = allCases.filter { $0 != .fileHash }

    /// The member of this name; nil if there is none.
    public init?(name: String) { self.init(bytesOf: name) }
  }

  /// Gives one member the value of a document. `null` gives it back what it is without one. ``Member/id`` stays as it is.
  ///
  /// - Throws: if the member does not take the value.
  public mutating func set(_ member: Member, _ json: JSONValue) throws(RecordError) {
    let key = member.rawValue
    switch member {
    case .id: _ = try KeyRecord.id(json)
    case .name: name = try KeyRecord.name(json)
    case .hash: secret = try KeyRecord.digest(json, key)
    case .fileHash: fileSecret = json.isNull ? nil : try KeyRecord.digest(json, key)
    case .custom: isCustom = try json.flag(key)
    case .earlier: earlier = json.isNull ? nil : try KeyRecord.EarlierSecret(json)
    case .scopes: scopes = json.isNull ? Scopes.Preset.standard.scopes : try KeyRecord.scopes(json)
    case .models: models = try json.modelRules(key)
    case .user: user = try KeyRecord.accountName(json, key, UserName.init)
    case .team: team = try KeyRecord.accountName(json, key, TeamName.init)
    case .labels: labels = json.isNull ? [:] : try KeyRecord.labels(json)
    case .priority: priority = json.isNull ? .normal : try KeyRecord.priority(json)
    case .weight: weight = json.isNull ? 100 : try json.whole(key, in: KeyRecord.weights)
    case .createdAt: createdAt = try json.time(key)
    case .expiresAt: expiresAt = json.isNull ? nil : try json.time(key)
    case .disabled: isDisabled = try json.flag(key)
    case .allowedIPs: allowedIPs = json.isNull ? nil : try KeyRecord.networks(json)
    case .mayActForUsers: mayActForUsers = try json.flag(key)
    case .madeByUser: isMadeByUser = try json.flag(key)
    case .limits:
      do throws(RecordError) { limits = try LimitSet(json) } catch { throw error.within(key) }
    }
  }

  static func id(_ json: JSONValue) throws(RecordError) -> KeyID {
    let takes = "the \(KeyID.count) letters and digits of a key's public part"
    guard let id = KeyID(try json.text("id", takes: takes)) else { throw RecordError("id", takes: takes) }
    return id
  }

  static func name(_ json: JSONValue) throws(RecordError) -> String {
    let name = try json.text("name", takes: RecordForm.nameTakes)
    guard RecordForm.isName(name) else { throw RecordError("name", takes: RecordForm.nameTakes) }
    return name
  }

  static func digest(_ json: JSONValue, _ key: String) throws(RecordError) -> SecretDigest {
    let takes = "a SHA-256 of 64 hexadecimal digits in lower case"
    guard let digest = SecretDigest(hexadecimal: try json.text(key, takes: takes)) else {
      throw RecordError(key, takes: takes)
    }
    return digest
  }

  static func scopes(_ json: JSONValue) throws(RecordError) -> Scopes {
    let takes = "a list of " + Scopes.allNames.joined(separator: ", ")
    let names = try json.texts("scopes", limit: Scopes.allNames.count, takes: takes)
    guard let scopes = Scopes(names: names) else { throw RecordError("scopes", takes: takes) }
    return scopes
  }

  static func accountName<Name>(
    _ json: JSONValue, _ key: String, _ read: (String) -> Name?
  ) throws(RecordError) -> Name? {
    if json.isNull { return nil }
    guard let name = read(try json.text(key, takes: AccountNameForm.takes)) else {
      throw RecordError(key, takes: AccountNameForm.takes)
    }
    return name
  }

  private static func labels(_ json: JSONValue) throws(RecordError) -> [String: String] {
    let takes = "an object of at most \(labelLimit) texts of at most 256 bytes, under keys of 1-64 bytes"
    guard json.kind == .object, json.count <= labelLimit else { throw RecordError("labels", takes: takes) }
    var labels: [String: String] = [:]
    try json.members("labels") { (name, value) throws(RecordError) in
      let text = try value.text("labels", takes: takes)
      guard (1...64).contains(name.utf8.count), text.utf8.count <= 256, RecordForm.isPrintable(name),
        RecordForm.isPrintable(text)
      else { throw RecordError("labels", takes: takes) }
      labels[name] = text
    }
    return labels
  }

  private static func priority(_ json: JSONValue) throws(RecordError) -> KeyPriority {
    let takes = "one of " + KeyPriority.allCases.map(\.rawValue).joined(separator: ", ")
    guard let priority = KeyPriority(bytesOf: try json.text("priority", takes: takes)) else {
      throw RecordError("priority", takes: takes)
    }
    return priority
  }

  private static func networks(_ json: JSONValue) throws(RecordError) -> [IPNetwork] {
    let takes = "a list of at most \(networkLimit) addresses and blocks such as 192.0.2.7 or 10.0.0.0/8"
    var networks: [IPNetwork] = []
    for text in try json.texts("allowed_ips", limit: networkLimit, takes: takes) {
      guard text.utf8.count <= 64, let network = IPNetwork(text) else {
        throw RecordError("allowed_ips", takes: takes)
      }
      networks.append(network)
    }
    return networks
  }
}
