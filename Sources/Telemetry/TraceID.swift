internal import Bytes

/// What names a trace: the 16 bytes of a `trace-id` (W3C Trace Context section 3.2.2.3), not all zero.
public struct TraceID: Hashable, Sendable {
  let upper: UInt64
  let lower: UInt64

  /// Nil when all bits are zero.
  public init?(upper: UInt64, lower: UInt64) {
    guard upper | lower != 0 else { return nil }
    self.upper = upper
    self.lower = lower
  }

  /// Bytes of its text.
  static let length = 32

  /// Writes the text to the front of `buffer`.
  func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    Hexadecimal.write(upper, to: buffer, at: 0)
    Hexadecimal.write(lower, to: buffer, at: 16)
  }
}

extension TraceID: CustomStringConvertible {
  /// 32 hexadecimal digits in lower case.
  public var description: String {
    String(unsafeUninitializedCapacity: TraceID.length) { buffer in
      write(to: buffer)
      return TraceID.length
    }
  }
}
