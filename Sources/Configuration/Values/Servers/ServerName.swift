internal import Bytes

/// A server's name: 1-63 of `a-z 0-9 -`. Clients see it in headers; requests name servers by it.
public struct ServerName: Hashable, Sendable {
  /// The name.
  public let text: String

  /// What a request means every server by.
  private static let reserved = "all"

  /// Nil for anything else than a name, and for `all`, by which a request means every server.
  public init?(_ text: String) {
    let isName = text.utf8.allSatisfy { byte in
      ASCII.isDigit(byte) || ASCII.isAlpha(byte) && ASCII.lowercased(byte) == byte
        || byte == UInt8(ascii: "-")
    }
    guard isName, (1...63).contains(text.utf8.count), text != Self.reserved else { return nil }
    self.text = text
  }
}

extension ServerName: CustomStringConvertible {
  public var description: String { text }
}
