internal import Bytes

// draft-ietf-httpapi-ratelimit-headers-10, as structured fields (RFC 9651).
extension RateLimitFields {
  /// `RateLimit-Policy` and `RateLimit`, of requests: the draft has no unit for tokens. Each response of a limited client has them: both
  /// are written in one go into memory of the stack.
  ///
  /// - Parameters:
  ///   - latest: seconds that no `t` is beyond.
  ///   - body: is called with each of the two, whose value is valid during the call; not at all where there is nothing to tell.
  public static func withDraft(
    _ standings: [LimitStanding], noLaterThan latest: Int64? = nil,
    _ body: (StaticString, UnsafeRawBufferPointer) -> Void
  ) {
    let size = standings.count * MemberWriter.longestMember
    withUnsafeTemporaryAllocation(byteCount: 2 * size, alignment: 1) { memory in
      var policies = MemberWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<size]))
      var limits = MemberWriter(UnsafeMutableRawBufferPointer(rebasing: memory[size...]))
      for standing in standings {
        guard let policy = policy(of: standing.kind) else { continue }
        policies.begin(policy.name)
        policies.append(";q=")
        policies.append(standing.limit)
        policies.append(policy.unit)
        limits.begin(policy.name)
        limits.append(";r=")
        limits.append(standing.remaining)
        guard let fullAgain = standing.fullAgain else { continue }
        limits.append(";t=")
        limits.append(Int(min(wholeSeconds(fullAgain), latest ?? .max)))
      }
      guard policies.count > 0 else { return }
      body("RateLimit-Policy", policies.text)
      body("RateLimit", limits.text)
    }
  }

  private typealias Policy = (name: StaticString, unit: StaticString)

  /// Writes a list of structured fields, in ASCII, into memory of a known size; what would not fit is left out.
  private struct MemberWriter {
    /// `, "concurrent";q=999999999999999;qu="concurrent-requests"` has 56 bytes; a member of the other field has fewer.
    static let longestMember = 64

    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    /// Goes on to a member of this name.
    mutating func begin(_ name: StaticString) {
      if count > 0 { append(", ") }
      append(name)
    }

    mutating func append(_ text: StaticString) {
      append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// An integer of structured fields has 15 digits at most (RFC 9651 section 3.3.1).
    mutating func append(_ number: Int) {
      DecimalDigits.with(UInt64(min(max(number, 0), 999_999_999_999_999))) { append($0) }
    }

    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
      guard let start = buffer.baseAddress, let source = bytes.baseAddress,
        bytes.count <= buffer.count - count
      else { return }
      (start + count).copyMemory(from: source, byteCount: bytes.count)
      count += bytes.count
    }
  }

  /// What a policy is called, and what it is behind its quota; nil for limits that the draft cannot tell of.
  private static func policy(of kind: LimitKind) -> Policy? {
    switch kind {
    case .rpm: ("\"rpm\"", ";w=60")
    case .rpd: ("\"rpd\"", ";w=86400")
    case .concurrent: ("\"concurrent\"", ";qu=\"concurrent-requests\"")
    case .tpm, .tpd, .streams, .websockets, .budget: nil
    }
  }
}
