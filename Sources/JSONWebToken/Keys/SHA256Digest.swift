internal import CCrypto

/// SHA-256 by libcrypto, for what hangs on a token: the challenge of a code, the mark of an access token. Any thread.
package enum SHA256Digest {
  /// 32 bytes; nil where libcrypto has no memory or is set up without it.
  package static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
    let text = Array(text)
    var count: UInt32 = 0
    let digest = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(EVP_MAX_MD_SIZE)) { memory in
      EVP_Digest(text, text.count, memory.baseAddress, &count, EVP_sha256(), nil) == 1
        ? Array(memory.prefix(Int(count))) : nil
    }
    if digest == nil { ERR_clear_error() }
    return digest
  }
}
