/// What a token says (RFC 7519 section 4). Times are seconds since 1970, from 0 to the end of the year 9999.
package struct TokenClaims: Sendable {
  package let issuer: String?
  /// 1-255 bytes without control characters (OpenID Connect Core 1.0 section 2).
  package let subject: String?
  package let audiences: [String]
  package let expiresAt: Int64?
  package let notBefore: Int64?
  package let issuedAt: Int64?
  /// `jti`.
  package let id: String?
  private let object: StrictObject

  init(_ object: StrictObject) throws(TokenFault) {
    func text(_ name: String, _ length: ClosedRange<Int>) throws(TokenFault) -> String? {
      guard object.has(name) else { return nil }
      guard let text = object.text(name), length.contains(text.utf8.count),
        !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else { throw .claims }
      return text
    }
    func seconds(_ name: String) throws(TokenFault) -> Int64? {
      guard object.has(name) else { return nil }
      guard let seconds = object.seconds(name) else { throw .claims }
      return seconds
    }
    issuer = try text("iss", 1...2048)
    subject = try text("sub", 1...255)
    id = try text("jti", 0...256)
    if object.has("aud") {
      guard let texts = object.texts("aud") else { throw .claims }
      audiences = texts
    } else {
      audiences = []
    }
    expiresAt = try seconds("exp")
    notBefore = try seconds("nbf")
    issuedAt = try seconds("iat")
    self.object = object
  }

  /// Another claim that is a string.
  package func text(_ name: String) -> String? { object.text(name) }

  /// Another claim that is a whole number of 64 bits.
  package func integer(_ name: String) -> Int64? { object.integer(name) }

  /// Another claim that is `true` or `false`.
  package func flag(_ name: String) -> Bool? { object.flag(name) }

  /// Whether there is such a claim, of any kind.
  package func has(_ name: String) -> Bool { object.has(name) }

  /// The texts of a claim that is a string or an array of strings; nil where there is none.
  ///
  /// - Parameter path: its name, or where none is called so the names of objects within each other and a dot between them:
  ///   `realm_access.roles`.
  package func texts(at path: String) -> [String]? {
    if object.has(path) { return object.texts(path) }
    let names = path.split(separator: ".").map(String.init)
    guard names.count > 1, let last = names.last else { return nil }
    var inner = object
    for name in names.dropLast() {
      guard let next = inner.object(name) else { return nil }
      inner = next
    }
    return inner.texts(last)
  }
}
