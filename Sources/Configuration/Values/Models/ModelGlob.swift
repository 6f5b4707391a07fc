internal import Bytes

/// A model's name, in which `*` stands for any bytes.
public struct ModelGlob: Hashable, Sendable {
  /// As it was written: 1-255 of the characters of a model's name and `*`.
  public let text: String

  /// Nil for anything else.
  public init?(_ text: String) {
    guard (1...255).contains(text.utf8.count), text.first != "-",
      text.utf8.allSatisfy({ ValueForm<String>.isOfModelName($0) || $0 == UInt8(ascii: "*") })
    else { return nil }
    self.text = text
  }

  /// Whether it stands for more names than one.
  public var isPattern: Bool { text.utf8.contains(UInt8(ascii: "*")) }

  /// Equal for two that mean the same names: letters are small, and a name without a tag has `:latest`.
  var canonical: String {
    let small = String(decoding: text.utf8.map(ASCII.lowercased), as: UTF8.self)
    let last = small.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return isPattern || last.utf8.contains(UInt8(ascii: ":")) ? small : small + ":latest"
  }
}

extension ModelGlob: CustomStringConvertible {
  public var description: String { text }
}
