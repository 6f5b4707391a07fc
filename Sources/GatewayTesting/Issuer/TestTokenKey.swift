internal import Bytes
internal import CCrypto

/// A pair of keys by which tests sign tokens as an issuer does.
///
/// `@unchecked Sendable`: libcrypto's key is never changed once it is made.
public final class TestTokenKey: @unchecked Sendable {
  /// What kind of key it is, by the algorithm of its signatures.
  public enum Kind: Sendable {
    /// `RS256`.
    case rsa(bits: UInt32)
    /// `ES256`.
    case p256
    /// `EdDSA`.
    case ed25519
  }

  /// `kid`.
  public let id: String
  private let kind: Kind
  private let key: OpaquePointer

  /// Makes one. One of RSA takes up to a second.
  public init(_ kind: Kind, id: String) {
    (self.kind, self.id) = (kind, id)
    let name =
      switch kind {
      case .rsa: "RSA"
      case .p256: "EC"
      case .ed25519: "ED25519"
      }
    guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil), EVP_PKEY_keygen_init(context) == 1 else {
      fatalError("libcrypto makes no keys of \(name)")
    }
    defer { EVP_PKEY_CTX_free(context) }
    switch kind {
    case .rsa(let bits): EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits))
    case .p256: EVP_PKEY_CTX_set_group_name(context, "P-256")
    case .ed25519: break
    }
    var key: OpaquePointer?
    guard EVP_PKEY_generate(context, &key) == 1, let key else { fatalError("libcrypto has made no key") }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// One of each, made once a process.
  public static let rsa = TestTokenKey(.rsa(bits: 2048), id: "rsa-1")
  public static let p256 = TestTokenKey(.p256, id: "ec-1")
  public static let ed25519 = TestTokenKey(.ed25519, id: "ed-1")

  /// `alg`.
  public var algorithm: String {
    switch kind {
    case .rsa: "RS256"
    case .p256: "ES256"
    case .ed25519: "EdDSA"
    }
  }

  /// The public half as JSON (RFC 7517), with its `kid`, `alg` and `use`.
  public var jwk: String {
    #"{\#(jwkMembers),"kid":"\#(id)","alg":"\#(algorithm)","use":"sig"}"#
  }

  /// The members of it that are the key itself.
  public var jwkMembers: String {
    switch kind {
    case .rsa:
      return #""kty":"RSA","n":"\#(number("n"))","e":"\#(number("e"))""#
    case .p256:
      var point = [UInt8](repeating: 0, count: 65)
      var count = 0
      EVP_PKEY_get_octet_string_param(key, "pub", &point, point.count, &count)
      let (x, y) = (Base64URL.text(of: point[1..<33]), Base64URL.text(of: point[33..<65]))
      return #""kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)""#
    case .ed25519:
      var bytes = [UInt8](repeating: 0, count: 32)
      var count = bytes.count
      EVP_PKEY_get_raw_public_key(key, &bytes, &count)
      return #""kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.text(of: bytes))""#
    }
  }

  private func number(_ name: String) -> String {
    var number: OpaquePointer?
    EVP_PKEY_get_bn_param(key, name, &number)
    defer { BN_free(number) }
    var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
    BN_bn2bin(number, &bytes)
    return Base64URL.text(of: bytes)
  }

  /// A signature as tokens have it.
  public func sign(_ bytes: [UInt8]) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    var digest: String? = "SHA256"
    if case .ed25519 = kind { digest = nil }
    var signature = [UInt8](repeating: 0, count: 1024)
    var count = signature.count
    guard EVP_DigestSignInit_ex(context, nil, digest, nil, nil, key, nil) == 1,
      EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1
    else { fatalError("libcrypto does not sign") }
    let made = Array(signature[..<count])
    if case .p256 = kind { return Self.halves(ofDER: made) }
    return made
  }

  /// Each number is 32 bytes, whatever DER has made of it.
  private static func halves(ofDER bytes: [UInt8]) -> [UInt8] {
    var halves: [UInt8] = []
    var place = 2
    for _ in 0..<2 {
      let count = Int(bytes[place + 1])
      let digits = Array(bytes[(place + 2)..<(place + 2 + count)].drop { $0 == 0 })
      halves += [UInt8](repeating: 0, count: 32 - digits.count) + digits
      place += 2 + count
    }
    return halves
  }

  /// A token of these claims.
  ///
  /// - Parameters:
  ///   - claims: JSON.
  ///   - header: JSON; nil: `alg`, `kid` and `typ`.
  public func token(_ claims: String, header: String? = nil) -> String {
    let header = header ?? #"{"alg":"\#(algorithm)","kid":"\#(id)","typ":"JWT"}"#
    let signed = Base64URL.text(of: header.utf8) + "." + Base64URL.text(of: claims.utf8)
    return signed + "." + Base64URL.text(of: sign(Array(signed.utf8)))
  }
}
