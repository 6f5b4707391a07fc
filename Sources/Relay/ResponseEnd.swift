internal import OllamaAPI

/// The end of a response that is passed on unread: what it cost stands there.
struct ResponseEnd {
  private var bytes: [UInt8]
  /// Of the whole response.
  private(set) var count: Int

  /// - Parameter first: its beginning.
  init(_ first: [UInt8]) {
    bytes = first.suffix(TokenUsage.endBytes)
    count = first.count
  }

  mutating func append(_ piece: UnsafeRawBufferPointer) {
    count += piece.count
    bytes.append(contentsOf: piece.suffix(TokenUsage.endBytes))
    // Cut back at a multiple of the size only, so that a byte is moved once at most on the average.
    if bytes.count > 4 * TokenUsage.endBytes { bytes.removeFirst(bytes.count - TokenUsage.endBytes) }
  }

  /// Nil where the response does not say.
  var usage: TokenUsage? {
    bytes.suffix(TokenUsage.endBytes).withUnsafeBytes { TokenUsage(ofEnd: $0) }
  }
}
