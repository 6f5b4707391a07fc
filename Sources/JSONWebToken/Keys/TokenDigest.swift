internal import CCrypto

/// SHA-2 by libcrypto, for what hangs on a token: the challenge of a code, the mark of an access token. Any thread.
package enum TokenDigest {
  /// 32 bytes of SHA-256; nil where libcrypto has no memory or is set up without it.
  package static func sha256(_ text: some Sequence<UInt8>) -> [UInt8]? { digest(text, EVP_sha256()) }

  /// The mark that an id_token has of the access token which came along (`at_hash`, OpenID Connect Core 1.0 section 3.1.3.6): half of its
  /// digest, by the hash of the id_token's algorithm.
  package static func mark(of accessToken: String, by algorithm: TokenAlgorithm) -> [UInt8]? {
    let bytes = digest(accessToken.utf8, algorithm == .edDSA ? EVP_sha512() : EVP_sha256())
    return bytes.map { Array($0.prefix($0.count / 2)) }
  }

  private static func digest(_ text: some Sequence<UInt8>, _ method: OpaquePointer?) -> [UInt8]? {
    let text = Array(text)
    var count: UInt32 = 0
    let digest = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(EVP_MAX_MD_SIZE)) { memory in
      EVP_Digest(text, text.count, memory.baseAddress, &count, method, nil) == 1
        ? Array(memory.prefix(Int(count))) : nil
    }
    if digest == nil { ERR_clear_error() }
    return digest
  }
}
