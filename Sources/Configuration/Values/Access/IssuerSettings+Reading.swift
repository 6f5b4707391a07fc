internal import Access
internal import Bytes
internal import JSONWebToken

/// The issuer of a flag or of a file.
extension IssuerSettings {
  /// Continues "takes …".
  static let takes =
    "off, or members parted by commas such as issuer=https://id.example.org,client_id=gateway,client_secret_file=/run/secret,allow=@example.org; the values of a list are parted by spaces"

  private static let listLimit = 64

  /// One member: how its values are read, and written.
  private struct Member: Sendable {
    let key: String
    let takes: String
    var isList = false
    /// False for what it does not take.
    let read: @Sendable ([String], inout IssuerSettings) -> Bool
    let write: @Sendable (IssuerSettings) -> [String]
  }

  private static let members: [Member] = [
    text("issuer", \.issuer, IssuerURL.takes, IssuerURL.holds),
    text("client_id", \.clientID, "1-256 visible characters of ASCII, without a comma") { isName($0) },
    optional("client_secret_file", \.clientSecretFile, "the path of a file") {
      (1...4095).contains($0.utf8.count) && !$0.utf8.contains(0)
    },
    list("audience", \.audiences) { isName($0) },
    list("scopes", \.scopes) { isName($0) },
    optional("name", \.name, "1-64 characters") {
      (1...64).contains($0.utf8.count) && !$0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
    },
    Member(
      key: "algorithms", takes: "RS256, ES256, EdDSA or several of them", isList: true,
      read: { texts, settings in
        let algorithms = texts.compactMap { TokenAlgorithm(exactly: $0) }
        guard algorithms.count == texts.count, !algorithms.isEmpty else { return false }
        settings.algorithms = Set(algorithms)
        return true
      },
      write: { settings in
        settings.algorithms.count == TokenAlgorithm.allCases.count
          ? [] : TokenAlgorithm.allCases.filter(settings.algorithms.contains).map(\.rawValue)
      }),
    optional("redirect_url", \.redirectURL, IssuerURL.takes, IssuerURL.holds),
    Member(
      key: "claims.user", takes: "the name of a claim",
      read: { texts, settings in
        guard let text = texts.first, isName(text) else { return false }
        settings.userClaim = text
        return true
      }, write: { $0.userClaim == "preferred_username" ? [] : [$0.userClaim] }),
    optional("claims.teams", \.teamsClaim, "the name of a claim") { isName($0) },
    optional("claims.scopes", \.scopesClaim, "the name of a claim") { isName($0) },
    Member(
      key: "allow", takes: "*, domains such as example.org, and groups without a dot", isList: true,
      read: { texts, settings in
        let allow = texts.compactMap(Allowance.init)
        settings.allow = allow
        return allow.count == texts.count
      }, write: { $0.allow.map(\.text) }),
    Member(
      key: "teams", takes: "groups and their teams", isList: true,
      read: { texts, settings in
        let teams = texts.compactMap(GroupTeam.init)
        settings.teams = teams
        return teams.count == texts.count
      }, write: { $0.teams.map { "\($0.group)=\($0.team)" } }),
  ]

  private static func text(
    _ key: String, _ path: any WritableKeyPath<IssuerSettings, String> & Sendable, _ takes: String,
    _ holds: @escaping @Sendable (String) -> Bool
  ) -> Member {
    Member(
      key: key, takes: takes,
      read: { texts, settings in
        guard let text = texts.first, holds(text) else { return false }
        settings[keyPath: path] = text
        return true
      }, write: { [$0[keyPath: path]] })
  }

  private static func optional(
    _ key: String, _ path: any WritableKeyPath<IssuerSettings, String?> & Sendable, _ takes: String,
    _ holds: @escaping @Sendable (String) -> Bool
  ) -> Member {
    Member(
      key: key, takes: takes,
      read: { texts, settings in
        guard let text = texts.first, holds(text) else { return false }
        settings[keyPath: path] = text
        return true
      }, write: { settings in settings[keyPath: path].map { [$0] } ?? [] })
  }

  private static func list(
    _ key: String, _ path: any WritableKeyPath<IssuerSettings, [String]> & Sendable,
    _ holds: @escaping @Sendable (String) -> Bool
  ) -> Member {
    let standard = IssuerSettings(issuer: "", clientID: "")[keyPath: path]
    return Member(
      key: key, takes: "names of 1-256 visible characters of ASCII", isList: true,
      read: { texts, settings in
        guard !texts.isEmpty, texts.allSatisfy(holds) else { return false }
        settings[keyPath: path] = texts
        return true
      }, write: { $0[keyPath: path] == standard ? [] : $0[keyPath: path] })
  }

  fileprivate static func isName(_ text: String) -> Bool {
    (1...256).contains(text.utf8.count)
      && text.utf8.allSatisfy { ASCII.isVisible($0) && $0 != UInt8(ascii: ",") }
  }

  // MARK: In one line

  /// Reads the text of a flag; nil for what is none.
  package init?(_ text: String) {
    self.init(issuer: "", clientID: "")
    var seen: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let (key, value) = (String(part[..<equals]), String(part[part.index(after: equals)...]))
      guard let member = Self.members.first(where: { $0.key.utf8.elementsEqual(key.utf8) }),
        seen.insert(member.key).inserted
      else { return nil }
      let values = member.isList ? value.split(separator: " ").map(String.init) : [value]
      guard !values.isEmpty, values.count <= Self.listLimit, member.read(values, &self) else { return nil }
    }
    guard seen.contains("issuer"), seen.contains("client_id"), problem == nil else { return nil }
  }

  /// Reads back as this.
  var text: String {
    Self.members.compactMap { member in
      let values = member.write(self)
      return values.isEmpty ? nil : "\(member.key)=\(values.joined(separator: " "))"
    }.joined(separator: ",")
  }

  /// What cannot be together.
  private var problem: String? {
    if !scopes.contains("openid") { return "scopes without openid" }
    let needsGroups = allow.contains { if case .group = $0 { true } else { false } } || !teams.isEmpty
    return needsGroups && teamsClaim == nil ? "groups in allow or teams without claims.teams" : nil
  }

  // MARK: In a file

  /// Reads a map.
  init(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError) {
    guard case .mapping(let pairs) = node.content else {
      throw .wrongKind(node.kind, at: place.origin, takes: "a map with issuer and client_id")
    }
    self.init(issuer: "", clientID: "")
    let names = Self.members.map(\.key).filter { !$0.hasPrefix("claims.") } + ["claims"]
    let given = try place.members(of: pairs, among: names)
    for name in ["issuer", "client_id"] where !given.contains(where: { $0.name == name }) {
      throw .misplaced(place.origin, "has no \(name)")
    }
    for (name, key, value) in given {
      let there = place.member(name, line: key.line)
      if name == "claims" {
        guard case .mapping(let claims) = value.content else {
          throw .wrongKind(value.kind, at: there.origin, takes: "a map of user, teams and scopes")
        }
        for (claim, key, value) in try there.members(of: claims, among: ["user", "teams", "scopes"]) {
          try read("claims.\(claim)", value, at: there.member(claim, line: key.line))
        }
      } else {
        try read(name, value, at: there)
      }
    }
    if let problem { throw .misplaced(place.origin, "has \(problem)") }
  }

  private mutating func read(
    _ key: String, _ node: YAMLNode, at place: FilePlace
  ) throws(ConfigurationError) {
    guard let member = Self.members.first(where: { $0.key == key }) else { return }
    let takes = member.takes
    var texts: [String] = []
    switch node.content {
    case .scalar: texts = [try Self.text(node, place, takes)]
    case .list(let items) where member.isList && key != "teams":
      for item in items { texts.append(try Self.text(item, place.at(item.line), takes)) }
    case .mapping(let pairs) where key == "teams":
      for (group, team) in pairs {
        texts.append("\(try Self.text(group, place, takes))=\(try Self.text(team, place, takes))")
      }
    default: throw .wrongKind(node.kind, at: place.origin, takes: takes)
    }
    guard texts.count <= Self.listLimit, member.read(texts, &self) else {
      throw .badValue(texts.joined(separator: ", "), at: place.origin, takes: takes)
    }
  }

  private static func text(
    _ node: YAMLNode, _ place: FilePlace, _ takes: String
  ) throws(ConfigurationError) -> String {
    guard let scalar = node.scalar, !scalar.isNull else {
      throw .wrongKind(node.kind, at: place.origin, takes: takes)
    }
    return scalar.text
  }
}

extension IssuerSettings.Allowance {
  fileprivate init?(_ text: String) {
    guard IssuerSettings.isName(text) else { return nil }
    if text.utf8.elementsEqual("*".utf8) {
      self = .everybody
    } else if text.first == "@" {
      guard text.utf8.count > 1, text.utf8.dropFirst().allSatisfy({ $0 != UInt8(ascii: "@") }) else {
        return nil
      }
      self = .domain(text.dropFirst().lowercased())
    } else if text.utf8.contains(UInt8(ascii: ".")), !text.utf8.contains(UInt8(ascii: "/")) {
      self = .domain(text.lowercased())
    } else {
      self = .group(text)
    }
  }

  /// Reads back as this.
  fileprivate var text: String {
    switch self {
    case .everybody: "*"
    case .domain(let domain): "@\(domain)"
    case .group(let group): group
    }
  }
}

extension IssuerSettings.GroupTeam {
  fileprivate init?(_ text: String) {
    guard let equals = text.lastIndex(of: "="), let team = TeamName(text[text.index(after: equals)...]),
      IssuerSettings.isName(String(text[..<equals]))
    else { return nil }
    self.init(group: String(text[..<equals]), team: team)
  }
}
