internal import Bytes

/// The gateway's place in a distributed trace (W3C Trace Context): what it takes over from a client's `traceparent`, and
/// what it sends on.
///
///     00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
///     version, trace-id, parent-id, trace-flags
public struct TraceContext: Equatable, Sendable {
  /// The trace: the client's, or a new one.
  public let traceID: TraceID
  /// The gateway's own span, which is the parent of what it asks for.
  public let spanID: UInt64
  /// `sampled` (1) and `random` (2); no other bit has a meaning yet, and those are sent as zero.
  public let flags: UInt8
  /// Whether the trace is the client's.
  public let isTakenOver: Bool

  /// Bytes of a `traceparent` of version 00.
  static let length = 55
  private static let knownFlags: UInt64 = 0b11

  /// A new trace. Not sampled: no span of it is sent anywhere, it is for the logs.
  public init(traceID: TraceID, spanID: UInt64) {
    self.traceID = traceID
    self.spanID = spanID
    flags = 0
    isTakenOver = false
  }

  /// Takes over a client's trace. Nil when `traceparent` is not well-formed: whoever reads it starts a new one (section
  /// 3.2). Of a version after 00 the front is read as if it were that (section 3.2.4).
  public init?(continuing traceparent: UnsafeRawBufferPointer, spanID: UInt64) {
    let dash = UInt8(ascii: "-")
    guard traceparent.count >= Self.length, traceparent[2] == dash, traceparent[35] == dash,
      traceparent[52] == dash, let version = Hexadecimal.number(ofLowercase: traceparent, 0..<2),
      version != 0xFF,
      let upper = Hexadecimal.number(ofLowercase: traceparent, 3..<19),
      let lower = Hexadecimal.number(ofLowercase: traceparent, 19..<35),
      let traceID = TraceID(upper: upper, lower: lower),
      let parentID = Hexadecimal.number(ofLowercase: traceparent, 36..<52), parentID != 0,
      let flags = Hexadecimal.number(ofLowercase: traceparent, 53..<55)
    else { return nil }
    let isLonger = traceparent.count > Self.length
    guard !isLonger || (version > 0 && traceparent[Self.length] == dash) else { return nil }
    self.traceID = traceID
    self.spanID = spanID
    self.flags = UInt8(truncatingIfNeeded: flags & Self.knownFlags)
    isTakenOver = true
  }

  /// Calls `body` with the `traceparent` to send on: always of version 00. Allocates nothing.
  public func withTraceparent(_ body: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.length) { buffer in
      buffer.initialize(repeating: UInt8(ascii: "-"))
      Hexadecimal.write(0, to: buffer, at: 0, count: 2)
      traceID.write(to: UnsafeMutableBufferPointer(rebasing: buffer[3...]))
      Hexadecimal.write(spanID, to: buffer, at: 36)
      Hexadecimal.write(UInt64(flags), to: buffer, at: 53, count: 2)
      body(UnsafeRawBufferPointer(buffer))
    }
  }
}

/// The bounds of a `tracestate` that is sent on: 512 bytes and 32 members over all of its fields (W3C Trace Context
/// section 3.3.1). A longer one is not sent at all: cut short it might lose a member's meaning.
public struct TraceStateBudget {
  private var bytes = 512
  private var members = 32

  /// With nothing taken.
  public init() {}

  /// Counts the value of one field in.
  ///
  /// - Returns: whether all values so far are within the bounds.
  public mutating func take(_ value: UnsafeRawBufferPointer) -> Bool {
    bytes -= value.count
    guard bytes >= 0 else { return false }
    members -= 1
    for byte in value where byte == UInt8(ascii: ",") { members -= 1 }
    return members >= 0
  }
}
