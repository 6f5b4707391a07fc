/// Algorithms by which issuers sign (RFC 7518 section 3.1, RFC 8037), each by a pair of keys. Those by one shared secret are none of
/// them, so that nothing that an issuer publishes can ever be a secret here.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
  /// RSA, PKCS #1 v1.5, SHA-256.
  case rs256 = "RS256"
  /// ECDSA over P-256, SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case edDSA = "EdDSA"
}
