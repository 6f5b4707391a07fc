internal import Bytes

/// The path under which the gateway serves everything: `/ai` behind a proxy that has more behind it, or `/`.
public struct BasePath: Hashable, Sendable {
  /// Empty for the root; otherwise it begins with a slash and does not end with one.
  public let prefix: String

  /// The most bytes of a prefix.
  static let longest = 255

  /// Everything at the top.
  public static let root = BasePath(prefix: "")

  private init(prefix: String) { self.prefix = prefix }

  /// Reads `/ai`, `/ai/`, `/team/ai` or `/`. Nil for anything else: empty and dot segments, a query, escapes, characters
  /// that would need one, and what is under `/health`, which stays where load balancers look for it.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.longest, text.utf8.first == UInt8(ascii: "/") else { return nil }
    let prefix = text.utf8.last == UInt8(ascii: "/") ? text.dropLast() : text[...]
    if prefix.isEmpty {
      self = .root
      return
    }
    let segments = prefix.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for segment in segments {
      guard !segment.isEmpty, segment != ".", segment != "..", segment.utf8.allSatisfy(Self.isPlain)
      else { return nil }
    }
    guard segments.first != "health" else { return nil }
    self.prefix = String(prefix)
  }

  /// `pchar` of RFC 3986 section 3.3 but for escapes.
  private static func isPlain(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || "-._~!$&'()*+,;=:@".utf8.contains(byte)
  }
}

extension BasePath: CustomStringConvertible {
  /// The text that reads back as this path.
  public var description: String { prefix.isEmpty ? "/" : prefix }
}
