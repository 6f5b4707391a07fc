internal import CCrypto

/// A key that signatures are verified by.
///
/// `@unchecked Sendable`: libcrypto's key is never changed once it is here, and verifying by it is made for many threads at once.
final class PublicKey: @unchecked Sendable {
  let algorithm: TokenAlgorithm
  private let key: OpaquePointer

  /// Bits of RSA keys: fewer are broken or soon will be, more take too long.
  static let rsaBits = 2048...8192
  /// Bytes of a coordinate of P-256, of each half of its signatures, and of a key of Ed25519.
  static let curveBytes = 32
  /// Bytes of a public exponent.
  private static let exponentBytes = 1...4

  deinit { EVP_PKEY_free(key) }

  private init?(_ key: OpaquePointer?, _ algorithm: TokenAlgorithm) {
    guard let key else {
      ERR_clear_error()
      return nil
    }
    (self.key, self.algorithm) = (key, algorithm)
  }

  /// RSA.
  ///
  /// - Parameters:
  ///   - modulus: the most significant byte first.
  ///   - exponent: the same.
  /// - Returns: nil where the key is too small or too large, or is none.
  convenience init?(modulus: [UInt8], exponent: [UInt8]) {
    let (modulus, exponent) = (Array(modulus.drop { $0 == 0 }), Array(exponent.drop { $0 == 0 }))
    guard let first = modulus.first, let last = modulus.last, last & 1 == 1,
      Self.rsaBits.contains(modulus.count * 8 - first.leadingZeroBitCount),
      Self.exponentBytes.contains(exponent.count), let low = exponent.last, low & 1 == 1, exponent != [1]
    else { return nil }
    let numbers = [modulus, exponent].map { (digits: [UInt8]) in BN_bin2bn(digits, Int32(digits.count), nil) }
    defer { numbers.forEach(BN_free) }
    self.init(
      Self.make("RSA") { builder in
        OSSL_PARAM_BLD_push_BN(builder, Self.text("n"), numbers[0]) == 1
          && OSSL_PARAM_BLD_push_BN(builder, Self.text("e"), numbers[1]) == 1
      }, .rs256)
  }

  /// A point of P-256.
  ///
  /// - Returns: nil where it is not on the curve.
  convenience init?(x: [UInt8], y: [UInt8]) {
    guard x.count == Self.curveBytes, y.count == Self.curveBytes else { return nil }
    let point = [4] + x + y
    let key = point.withUnsafeBytes { point in
      Self.make("EC") { builder in
        OSSL_PARAM_BLD_push_utf8_string(builder, Self.text("group"), Self.text("prime256v1"), 0) == 1
          && OSSL_PARAM_BLD_push_octet_string(builder, Self.text("pub"), point.baseAddress, point.count) == 1
      }
    }
    self.init(key.flatMap(Self.checked), .es256)
  }

  /// Ed25519.
  convenience init?(ed25519 bytes: [UInt8]) {
    guard bytes.count == Self.curveBytes else { return nil }
    self.init(EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count), .edDSA)
  }

  /// Whether a signature is this key's of these bytes. Takes some 50 microseconds with a key of 2,048 bits.
  func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    guard let signature = libraryForm(of: signature), let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    let isRight =
      EVP_DigestVerifyInit_ex(
        context, nil, algorithm == .edDSA ? nil : "SHA256", nil, nil, key, nil) == 1
      && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    // libcurl's TLS has the same list of errors of this thread, and would take them for its own.
    if !isRight { ERR_clear_error() }
    return isRight
  }

  /// The signature as libcrypto takes it; nil where its length is none of this key's.
  private func libraryForm(of signature: [UInt8]) -> [UInt8]? {
    switch algorithm {
    case .rs256: signature.count == Int(EVP_PKEY_get_size(key)) ? signature : nil
    case .es256: Self.der(ofHalves: signature)
    case .edDSA: signature.count == 2 * Self.curveBytes ? signature : nil
    }
  }

  /// The two numbers of a signature of ECDSA (RFC 7518 section 3.4) in DER (SEC 1, C.8), at most 72 bytes; nil where they are not 64
  /// bytes.
  static func der(ofHalves signature: [UInt8]) -> [UInt8]? {
    guard signature.count == 2 * curveBytes else { return nil }
    var numbers: [UInt8] = []
    for half in [signature[..<curveBytes], signature[curveBytes...]] {
      var digits = Array(half.drop { $0 == 0 })
      if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
      numbers += [0x02, UInt8(digits.count)] + digits
    }
    return [0x30, UInt8(numbers.count)] + numbers
  }

  // MARK: Making

  /// A text that stays where it is: a builder keeps pointers to what it is given until its parameters are made.
  private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// - Parameter push: gives the builder what the key is made of, which stays until the key is there.
  private static func make(_ kind: String, _ push: (OpaquePointer) -> Bool) -> OpaquePointer? {
    guard let builder = OSSL_PARAM_BLD_new() else { return nil }
    defer { OSSL_PARAM_BLD_free(builder) }
    guard push(builder), let parameters = OSSL_PARAM_BLD_to_param(builder) else { return nil }
    defer { OSSL_PARAM_free(parameters) }
    guard let context = EVP_PKEY_CTX_new_from_name(nil, kind, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_fromdata_init(context) == 1,
      EVP_PKEY_fromdata(context, &key, Int32(ccrypto_public_key), parameters) == 1
    else { return nil }
    return key
  }

  /// The key, if it is a point of its curve, which libcrypto looks at only when it is asked.
  private static func checked(_ key: OpaquePointer) -> OpaquePointer? {
    guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else {
      EVP_PKEY_free(key)
      return nil
    }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_public_check(context) == 1 else {
      EVP_PKEY_free(key)
      return nil
    }
    return key
  }
}
