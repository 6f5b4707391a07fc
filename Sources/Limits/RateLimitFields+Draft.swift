internal import Bytes

// draft-ietf-httpapi-ratelimit-headers-10, as structured fields (RFC 9651).
extension RateLimitFields {
  /// `RateLimit-Policy` and `RateLimit`, of requests: the draft has no unit for tokens.
  ///
  /// - Parameter latest: seconds that no `t` is beyond.
  static func draftFields(_ standings: [LimitStanding], noLaterThan latest: Int64?) -> [Field] {
    // Each response of a limited client has them: interpolation takes several times as long.
    let told = standings.lazy.filter { policy(of: $0.kind) != nil }.count
    guard told > 0 else { return [] }
    let policies = text(ofEach: standings, count: told) { standing, policy, writer in
      writer.append(policy.name)
      writer.append(";q=")
      writer.append(standing.limit)
      writer.append(policy.unit)
    }
    let limits = text(ofEach: standings, count: told) { standing, policy, writer in
      writer.append(policy.name)
      writer.append(";r=")
      writer.append(standing.remaining)
      guard let fullAgain = standing.fullAgain else { return }
      writer.append(";t=")
      writer.append(Int(min(wholeSeconds(fullAgain), latest ?? .max)))
    }
    return [("RateLimit-Policy", policies), ("RateLimit", limits)]
  }

  /// A list of structured fields, one member of each standing that the draft can tell of.
  @inline(__always)
  private static func text(
    ofEach standings: [LimitStanding], count: Int,
    _ write: (LimitStanding, Policy, inout MemberWriter) -> Void
  ) -> String {
    String(unsafeUninitializedCapacity: count * MemberWriter.longestMember) { buffer in
      var writer = MemberWriter(buffer)
      for standing in standings {
        guard let policy = policy(of: standing.kind) else { continue }
        if writer.count > 0 { writer.append(", ") }
        write(standing, policy, &writer)
      }
      return writer.count
    }
  }

  private typealias Policy = (name: StaticString, unit: StaticString)

  /// Writes ASCII into memory of a known size; what would not fit is left out.
  private struct MemberWriter {
    /// `, "concurrent";q=999999999999999;qu="concurrent-requests"` has 56 bytes; a member of the other field has fewer.
    static let longestMember = 64

    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    mutating func append(_ text: StaticString) {
      append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// An integer of structured fields has 15 digits at most (RFC 9651 section 3.3.1).
    mutating func append(_ number: Int) {
      DecimalDigits.with(UInt64(min(max(number, 0), 999_999_999_999_999))) { append($0) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
      guard let start = buffer.baseAddress, let source = bytes.baseAddress,
        bytes.count <= buffer.count - count
      else { return }
      UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
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
