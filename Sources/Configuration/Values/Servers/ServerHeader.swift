internal import Bytes

/// A field that every request to a server has besides its own.
public struct ServerHeader: Hashable, Sendable {
  /// A token of RFC 9110, as it was written.
  public let name: String
  /// 1-4096 bytes of visible ASCII and inner spaces. A secret, perhaps: it is printed nowhere.
  public let value: String

  /// Those that the gateway writes itself, or that are of one connection.
  private static let own: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
    "expect",
    "proxy-connection",
  ]

  /// Nil for what is no field, and for one that the gateway writes itself.
  public init?(name: String, value: String) {
    guard Self.isName(name), !Self.own.contains(Self.small(name)), Self.isValue(value) else { return nil }
    self.name = name
    self.value = value
  }

  /// Equal for two spellings of one name.
  var canonicalName: String { Self.small(name) }

  private static func small(_ name: String) -> String {
    String(decoding: name.utf8.map(ASCII.lowercased), as: UTF8.self)
  }

  private static func isName(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { ASCII.isVisible($0) && !#""(),/:;<=>?@[\]{}"#.utf8.contains($0) }
  }

  private static func isValue(_ text: String) -> Bool {
    (1...4096).contains(text.utf8.count)
      && text.utf8.allSatisfy { ASCII.isVisible($0) || $0 == UInt8(ascii: " ") }
      && text.first != " " && text.last != " "
  }
}

extension ServerHeader: CustomStringConvertible {
  /// The name alone.
  public var description: String { "\(name): …" }
}
