internal import Bytes

/// A model's name, in which `*` stands for any bytes.
public struct ModelGlob: Hashable, Sendable {
  /// As it was written: 1-255 of the characters of a model's name and `*`.
  public let text: String

  /// Nil for anything else.
  public init?(_ text: String) {
    guard (1...255).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-"),
      text.utf8.allSatisfy({ ModelGlob.isOfName($0) || $0 == UInt8(ascii: "*") })
    else { return nil }
    self.text = text
  }

  /// Whether a byte may stand in a model's name.
  package static func isOfName(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || "._-:/@".utf8.contains(byte)
  }

  /// Whether it stands for more names than one.
  public var isPattern: Bool { text.utf8.contains(UInt8(ascii: "*")) }

  /// Over canonical names, as `ModelName` writes them: letters are small, without the registry and the folder that Ollama looks in
  /// by itself, and a name without a tag has `:latest`. Equal for two that mean the same names.
  package var canonical: String {
    let spelt = withoutDigest
    var name = spelt[...]
    for folder in ModelGlob.folders where name.starts(with: folder.utf8) {
      name = name.dropFirst(folder.utf8.count)
    }
    let text = String(decoding: name, as: UTF8.self)
    return isPattern || ModelGlob.hasTag(name) ? text : text + ":latest"
  }

  /// Left out of canonical names, the outer one first.
  static let folders = ["registry.ollama.ai/", "library/"]

  /// A canonical name without a registry that is written in another way, with its port or as a whole domain, and without the folder;
  /// nil where there is none.
  static func withoutRegistry(_ name: String) -> String? {
    let host = folders[0].utf8.dropLast()
    guard name.utf8.starts(with: host) else { return nil }
    var rest = name.utf8.dropFirst(host.count)
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst() }
    if rest.first == UInt8(ascii: ":") { rest = rest.dropFirst().drop { ASCII.isDigit($0) } }
    guard rest.first == UInt8(ascii: "/") else { return nil }
    rest = rest.drop { $0 == UInt8(ascii: "/") }
    if rest.starts(with: folders[1].utf8) { rest = rest.dropFirst(folders[1].utf8.count) }
    return String(Substring(rest))
  }

  /// In small letters, without the scheme and the digest.
  var withoutDigest: [UInt8] {
    var name = text.utf8.map(ASCII.lowercased)[...]
    if let colon = name.firstIndex(of: UInt8(ascii: ":")), name[colon...].starts(with: "://".utf8) {
      name = name[(colon + 3)...]
    }
    // A digest says which of the tag's models is meant.
    return Array(name.prefix { $0 != UInt8(ascii: "@") })
  }

  /// Whether there is a colon behind the last slash: one before that belongs to a port.
  static func hasTag(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    name.reversed().prefix { $0 != UInt8(ascii: "/") }.contains(UInt8(ascii: ":"))
  }
}

extension ModelGlob: CustomStringConvertible {
  public var description: String { text }
}
