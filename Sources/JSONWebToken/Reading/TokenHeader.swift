/// What a token says of how it is signed (RFC 7515 section 4). `jwk`, `jku`, `x5u` and `x5c`, by which a token would bring its own key
/// along, are not looked at.
package struct TokenHeader: Equatable, Sendable {
  /// As it stands there.
  package let algorithm: String
  /// Which key it is signed by.
  package let keyID: String?
  /// What it is, in lower case and without `application/`.
  package let type: String?

  /// The most bytes of `kid`.
  static let longestKeyID = 256
  private static let longestName = 64

  init(_ object: StrictObject) throws(TokenFault) {
    guard !object.has("crit") else { throw .criticalExtension }
    guard let algorithm = object.text("alg"), algorithm.utf8.count <= Self.longestName else {
      throw .malformed
    }
    self.algorithm = algorithm
    keyID = try Self.text("kid", of: object, limit: Self.longestKeyID)
    let type = try Self.text("typ", of: object, limit: Self.longestName)?.lowercased()
    let prefix = "application/"
    self.type = type.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
  }

  private static func text(
    _ name: String, of object: StrictObject, limit: Int
  ) throws(TokenFault) -> String? {
    guard object.has(name) else { return nil }
    guard let text = object.text(name), text.utf8.count <= limit else { throw .malformed }
    return text
  }
}
