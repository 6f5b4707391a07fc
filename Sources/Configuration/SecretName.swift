internal import Bytes

/// Names of parameters and members whose values are secrets, whoever has thought of them.
enum SecretName {
  private static let parts = ["password", "passwd", "pwd", "secret", "token", "_key", "apikey"]

  fileprivate static func isOfName(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || "_-%.".utf8.contains(byte)
  }

  /// - Parameter name: in any case. That of a file with a secret is none.
  static func means(_ name: some Sequence<UInt8>) -> Bool {
    let name = name.map(ASCII.lowercased)
    guard !name.reversed().starts(with: "file".utf8.reversed()) else { return false }
    return name.elementsEqual("key".utf8) || parts.contains { name.contains($0.utf8) }
  }
}

extension StringProtocol {
  /// The text up to the value of the first `NAME=VALUE` in which the name means a secret. Where that value ends, nobody knows.
  var withoutValuesOfSecrets: String {
    let bytes = Array(utf8)
    for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "=") {
      var start = place
      while start > 0, SecretName.isOfName(bytes[start - 1]) { start -= 1 }
      if SecretName.means(bytes[start..<place]) {
        return String(decoding: bytes[...place], as: UTF8.self) + "…"
      }
    }
    return String(self)
  }
}
