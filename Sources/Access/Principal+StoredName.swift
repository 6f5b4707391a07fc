internal import System

// The names by which stores know principals.
extension Principal.ID {
  private static let tokenPrefix = "token:"
  private static let cookiePrefix = "cookie:"
  private static let addressPrefix = "address:"
  private static let keyPrefix = "key:"
  private static let userPrefix = "user:"
  private static let keyUserMark = "/user:"
  private static let proxyUserPrefix = "proxy/user:"
  private static let formerUserPrefix = "former/user:"

  /// As a store has it: secrets as their digests.
  package var storedName: String {
    switch self {
    case .everybody: "everybody"
    case .thisMachine: "loopback"
    case .token(let digest): Self.tokenPrefix + digest.hexadecimal
    case .cookie(let digest): Self.cookiePrefix + digest.hexadecimal
    case .key(let id): Self.keyPrefix + id.text
    case .user(let id): Self.userPrefix + id.text
    case .keyUser(let id, let name): Self.keyPrefix + id.text + Self.keyUserMark + name.text
    case .proxyUser(let name): Self.proxyUserPrefix + name.text
    case .formerUser(let name): Self.formerUserPrefix + name.text
    case .address(let address): Self.addressPrefix + (address.map { "\($0)" } ?? "")
    }
  }

  /// With this the names of addresses begin, and no others: sessions of addresses are not kept for long.
  package static var storedAddressPrefix: String { addressPrefix }

  /// The principal of a stored name; nil for one that this program does not know.
  package init?(storedName name: String) {
    switch name {
    case "everybody": self = .everybody
    case "loopback": self = .thisMachine
    case Self.addressPrefix: self = .address(nil)
    default:
      if let rest = Principal.ID.rest(of: name, behind: Self.tokenPrefix),
        let digest = CredentialDigest(hexadecimal: rest)
      {
        self = .token(digest)
      } else if let rest = Principal.ID.rest(of: name, behind: Self.cookiePrefix),
        let digest = CredentialDigest(hexadecimal: rest)
      {
        self = .cookie(digest)
      } else if let rest = Principal.ID.rest(of: name, behind: Self.addressPrefix),
        let address = IPAddress(String(rest))
      {
        self = .address(address)
      } else if let rest = Principal.ID.rest(of: name, behind: Self.keyPrefix) {
        guard let id = Principal.ID.keyOrItsUser(rest) else { return nil }
        self = id
      } else if let rest = Principal.ID.rest(of: name, behind: Self.userPrefix), let user = UserID(rest) {
        self = .user(user)
      } else if let rest = Principal.ID.rest(of: name, behind: Self.proxyUserPrefix),
        let user = UserName(rest)
      {
        self = .proxyUser(user)
      } else if let rest = Principal.ID.rest(of: name, behind: Self.formerUserPrefix),
        let user = UserName(rest)
      {
        self = .formerUser(user)
      } else {
        return nil
      }
    }
  }

  /// What stands behind the prefix of keys. A name may have any characters.
  private static func keyOrItsUser(_ text: Substring) -> Principal.ID? {
    if let id = KeyID(text) { return .key(id) }
    guard let mark = text.utf8.index(text.startIndex, offsetBy: KeyID.count, limitedBy: text.endIndex),
      let id = KeyID(text[..<mark]), let name = rest(of: text[mark...], behind: keyUserMark)
    else { return nil }
    return UserName(name).map { .keyUser(id, $0) }
  }

  private static func rest(of name: some StringProtocol, behind prefix: String) -> Substring? {
    name.utf8.starts(with: prefix.utf8)
      ? Substring(name[name.utf8.index(name.startIndex, offsetBy: prefix.utf8.count)...]) : nil
  }
}
