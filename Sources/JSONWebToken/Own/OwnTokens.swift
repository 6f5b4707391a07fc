internal import Bytes
internal import CCrypto
internal import JSON

/// Signs tokens of our own, and knows them again: by HMAC with SHA-256 (`HS256`) and a secret that is shown to nobody. Safe from any
/// thread. Takes some microseconds each.
package struct OwnTokens: Sendable {
  /// `iss` of each.
  package static let issuer = "ollama-gateway"
  /// The fewest bytes of a secret (RFC 7518 section 3.2).
  package static let shortestSecret = 32

  /// As the first system writes it.
  private static let header = #"{"alg":"HS256","typ":"JWT"}"#
  private static let codeBytes = 32

  private let secret: [UInt8]

  /// - Parameter secret: random bytes; nil where they are too few.
  package init?(secret: [UInt8]) {
    guard secret.count >= Self.shortestSecret else { return nil }
    self.secret = secret
  }

  /// The text of a token: the same each time for the same.
  ///
  /// - Returns: nil where libcrypto has no memory.
  package func sign(_ token: OwnToken) -> String? {
    var writer = JSONWriter(reservingCapacity: 256)
    writer.object { writer in
      writer.member("sub", token.subject)
      writer.member("user_id", Int(token.userID))
      if let email = token.email { writer.member("email", email) }
      writer.member("exp", Int(token.expiresAt))
      writer.member("iat", Int(token.issuedAt))
      writer.member("type", token.kind.rawValue)
      writer.member("iss", Self.issuer)
      writer.member("jti", token.id)
      writer.member("gen", Int(token.generation))
    }
    return sign(json: writer.bytes)
  }

  func sign(json claims: [UInt8]) -> String? {
    let signed = Base64URL.text(of: Self.header.utf8) + "." + Base64URL.text(of: claims)
    guard let code = code(of: Array(signed.utf8)) else { return nil }
    return signed + "." + Base64URL.text(of: code)
  }

  /// Whether a token says that it is one of ours. Nothing of it is believed by that.
  package static func areOurs(_ claims: TokenClaims) -> Bool {
    claims.issuer.map { $0.utf8.elementsEqual(issuer.utf8) } ?? false
  }

  /// Reads a token of ours.
  ///
  /// - Parameters:
  ///   - kind: what it must be.
  ///   - now: seconds since 1970; the same clock has made it, so that it is over at its second.
  /// - Throws: what is wrong with it.
  package func read(
    _ token: TokenText, as kind: OwnToken.Kind, at now: Int64
  ) throws(TokenFault) -> OwnToken {
    guard token.header.algorithm.utf8.elementsEqual("HS256".utf8) else { throw .algorithm }
    guard let code = code(of: token.signed), code.count == token.signature.count,
      CRYPTO_memcmp(code, token.signature, code.count) == 0
    else { throw .signature }
    guard Self.areOurs(token.claims) else { throw .otherIssuer }
    let own = try OwnToken(token.claims)
    guard own.kind == kind else { throw .otherType }
    guard now < own.expiresAt else { throw .expired }
    return own
  }

  private func code(of bytes: [UInt8]) -> [UInt8]? {
    var count: UInt32 = 0
    let code = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(EVP_MAX_MD_SIZE)) { memory in
      HMAC(
        EVP_sha256(), secret, Int32(clamping: secret.count), bytes, bytes.count, memory.baseAddress, &count)
        == nil ? [] : Array(memory.prefix(Int(count)))
    }
    guard code.count == Self.codeBytes else {
      ERR_clear_error()
      return nil
    }
    return code
  }
}

/// The secret is nowhere by accident.
extension OwnTokens: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "the tokens of our own" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
