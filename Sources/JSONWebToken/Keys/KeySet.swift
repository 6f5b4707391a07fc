internal import Bytes
internal import JSON

/// The keys that an issuer publishes (RFC 7517 section 5): those of them that signatures can be verified by.
package struct KeySet: Sendable {
  /// The most bytes of a document.
  package static let longestDocument = 256 * 1024
  /// The most keys of a document, those that are of no use among them.
  package static let mostKeys = 100
  /// With so many keys a signature is tried, where its token does not say which it is: by nobody's token is more time taken.
  private static let mostTries = 4

  private struct Entry: Sendable {
    let id: String?
    let key: PublicKey
  }

  private let entries: [Entry]

  /// How many keys are of use.
  package var count: Int { entries.count }

  /// By which of these algorithms they sign, in alphabetical order.
  package func algorithms(among others: Set<TokenAlgorithm>) -> [TokenAlgorithm] {
    others.filter { algorithm in entries.contains { $0.key.algorithm == algorithm } }
      .sorted { $0.rawValue < $1.rawValue }
  }

  /// Reads a document. Takes up to some milliseconds, for a hundred keys.
  ///
  /// - Returns: nil for what is none, is too large, or has too many keys. Keys that are of no use are left out: of another kind
  ///   or size, for encryption, for another algorithm, or with their private half.
  package init?(_ document: [UInt8]) {
    guard document.count <= Self.longestDocument, let object = StrictObject(document),
      let keys = object.objects("keys", limit: Self.mostKeys)
    else { return nil }
    entries = keys.compactMap(Self.entry)
  }

  private static func entry(_ object: StrictObject) -> Entry? {
    guard let key = key(object), isForVerifying(object) else { return nil }
    if object.has("alg") {
      guard let algorithm = object.text("alg"), algorithm.utf8.elementsEqual(key.algorithm.rawValue.utf8)
      else {
        return nil
      }
    }
    guard object.has("kid") else { return Entry(id: nil, key: key) }
    guard let id = object.text("kid"), id.utf8.count <= TokenHeader.longestKeyID else { return nil }
    return Entry(id: id, key: key)
  }

  private static func isForVerifying(_ object: StrictObject) -> Bool {
    // Whose private half is published can be anybody's.
    guard !object.has("d"), !object.has("k") else { return false }
    if object.has("use") {
      guard let use = object.text("use"), use.utf8.elementsEqual("sig".utf8) else { return false }
    }
    if object.has("key_ops") {
      guard let operations = object.texts("key_ops"), operations.contains("verify") else { return false }
    }
    return true
  }

  private static func key(_ object: StrictObject) -> PublicKey? {
    func bytes(_ name: String) -> [UInt8]? { object.text(name).flatMap { Base64URL.decode($0) } }
    switch (object.text("kty"), object.text("crv")) {
    case ("RSA", _):
      guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
      return PublicKey(modulus: modulus, exponent: exponent)
    case ("EC", "P-256"):
      guard let x = bytes("x"), let y = bytes("y") else { return nil }
      return PublicKey(x: x, y: y)
    case ("OKP", "Ed25519"): return bytes("x").flatMap { PublicKey(ed25519: $0) }
    default: return nil
    }
  }

  /// Looks at a token's signature, and at nothing else of it: see ``ClaimsRule``.
  ///
  /// - Parameter algorithms: those that are let in. The token's says only which of them it is, and a key is tried by its own.
  /// - Throws: ``TokenFault/algorithm``, ``TokenFault/unknownKey`` (the issuer may have new ones), ``TokenFault/signature``.
  package func verify(_ token: TokenText, by algorithms: Set<TokenAlgorithm>) throws(TokenFault) {
    guard let algorithm = TokenAlgorithm(exactly: token.header.algorithm), algorithms.contains(algorithm)
    else { throw .algorithm }
    let candidates = entries.filter { entry in
      guard entry.key.algorithm == algorithm else { return false }
      guard let wanted = token.header.keyID else { return true }
      return entry.id.map { $0.utf8.elementsEqual(wanted.utf8) } ?? false
    }
    guard !candidates.isEmpty else { throw .unknownKey }
    for entry in candidates.prefix(Self.mostTries)
    where entry.key.verifies(token.signature, of: token.signed) { return }
    // Without an id it may be by a key that is not among them yet.
    throw token.header.keyID == nil ? .unknownKey : .signature
  }
}

extension TokenAlgorithm {
  /// The algorithm of this name byte for byte.
  package init?(exactly name: String) {
    guard let algorithm = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
      return nil
    }
    self = algorithm
  }
}
