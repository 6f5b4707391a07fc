package import System

/// Whose limits they are.
package enum LimitSubject: Hashable, Sendable {
  /// A key's own.
  case key(KeyID)
  /// A user's, for all of his keys and all that he has signed in with together.
  case user(UserID)
  /// Those that a key which acts for users lends one of them.
  case keyUser(KeyID, UserName)
  /// Those of callers without a key, lent to one whom a trusted proxy names.
  case proxyUser(UserName)
  /// Those that the keys of a team share.
  case team(TeamName)
  /// Those of callers without a key at an address, which of IPv6 is the first of its 64-bit network: see ``client(at:)``. Nil: behind
  /// a UNIX socket.
  case address(IPAddress?)

  /// The caller without a key at this address. Who has one address of a link may have all of them.
  package static func client(at address: IPAddress?) -> LimitSubject {
    guard case .v6(let network, _) = address else { return .address(address) }
    return .address(.v6(network, 0))
  }
}

// The names by which stores know subjects.
extension LimitSubject {
  /// As a store has it.
  package var storedName: String {
    switch self {
    case .key(let id): "key:\(id.text)"
    case .user(let id): "user:\(id)"
    case .keyUser(let key, let name): "user:\(key.text):\(name.text)"
    case .proxyUser(let name): "proxy:\(name.text)"
    case .team(let name): "team:\(name.text)"
    case .address(let address): "address:\(address.map { "\($0)" } ?? "")"
    }
  }

  /// The subject of a stored name; nil for one that this program does not know.
  package init?(storedName name: String) {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let rest = parts[1]
    let subject: LimitSubject? =
      switch Array(parts[0].utf8) {
      case Array("key".utf8): KeyID(rest).map { .key($0) }
      case Array("user".utf8): UserID(rest).map { .user($0) } ?? LimitSubject.namedUser(rest)
      case Array("proxy".utf8): UserName(rest).map { .proxyUser($0) }
      case Array("team".utf8): TeamName(rest).map { .team($0) }
      case Array("address".utf8):
        rest.isEmpty ? .address(nil) : IPAddress(String(rest)).map { LimitSubject.client(at: $0) }
      default: nil
      }
    guard let subject else { return nil }
    self = subject
  }

  /// A key's public part has no colon; a name may have any.
  private static func namedUser(_ name: Substring) -> LimitSubject? {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let key = KeyID(parts[0]), let user = UserName(parts[1]) else { return nil }
    return .keyUser(key, user)
  }
}
