internal import CCrypto

extension SecretDigest {
  /// libcrypto's SHA-256, looked up when the first key is made or shown and not before: that takes some megabytes. Nil where
  /// libcrypto is set up without one.
  ///
  /// Unsafe to the compiler as it is a pointer; what it points to is never changed nor freed, and made for all threads.
  nonisolated(unsafe) private static let algorithm: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil)

  /// The SHA-256 of these bytes. Any thread.
  public init(of bytes: UnsafeRawBufferPointer) {
    let digest = withUnsafeTemporaryAllocation(byteCount: Int(EVP_MAX_MD_SIZE), alignment: 8) { memory in
      guard let algorithm = Self.algorithm, let start = memory.baseAddress,
        EVP_Digest(
          bytes.baseAddress, bytes.count, start.assumingMemoryBound(to: UInt8.self), nil, algorithm, nil) == 1
      else { return SecretDigest?.none }
      return SecretDigest(
        bytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<Self.count]))
    }
    self = digest ?? SecretDigest(withoutLibrary: Array(bytes))
  }

  /// The same where libcrypto has no memory or no such digest: a key is not refused for that.
  private init(withoutLibrary bytes: [UInt8]) {
    self = SHA256.digest(of: bytes).withUnsafeBytes(SecretDigest.init(bytes:)) ?? .zero
  }
}
