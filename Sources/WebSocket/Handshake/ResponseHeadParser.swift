/// Reads the head of the response to a client's upgrade from bytes that are cut anywhere. Interim responses before
/// it are skipped.
public struct ResponseHeadParser: Sendable {
  /// The longest head that is read.
  public static let maximumBytes = 16 * 1024

  private static let end = Array("\r\n\r\n".utf8)

  private var head: [UInt8] = []
  /// How much of the end the last bytes are.
  private var matched = 0

  public init() {}

  /// Takes the next bytes, up to the end of the head, off the front of `input`. What is left after it are frames.
  ///
  /// - Returns: nil if the head goes on after `input`, which is then empty.
  public mutating func next(
    from input: inout UnsafeMutableRawBufferPointer
  ) throws(HandshakeFailure) -> ResponseHead? {
    var index = 0
    while index < input.count {
      guard head.count < Self.maximumBytes else { throw .malformedResponse }
      let byte = input[index]
      index += 1
      head.append(byte)
      matched = byte == Self.end[matched] ? matched + 1 : byte == Self.end[0] ? 1 : 0
      guard matched == Self.end.count else { continue }
      guard let response = ResponseHead(head) else { throw .malformedResponse }
      (head, matched) = ([], 0)
      // RFC 9110 section 15.2: any number of others may come before the response that counts.
      guard response.status >= 200 || response.status == 101 else { continue }
      input = UnsafeMutableRawBufferPointer(rebasing: input[index...])
      return response
    }
    input = UnsafeMutableRawBufferPointer(rebasing: input[index...])
    return nil
  }
}
