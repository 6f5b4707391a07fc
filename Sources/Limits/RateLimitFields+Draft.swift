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
    let size = standings.count * longestMember
    withUnsafeTemporaryAllocation(byteCount: 2 * size, alignment: 1) { memory in
      var policies = FixedWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<size]))
      var limits = FixedWriter(UnsafeMutableRawBufferPointer(rebasing: memory[size...]))
      for standing in standings {
        guard let words = words(for: standing.kind) else { continue }
        if policies.count > 0 {
          policies.append(", ")
          limits.append(", ")
        }
        policies.append(words.quota)
        policies.append(integer(standing.limit))
        policies.append(words.unit)
        limits.append(words.rest)
        limits.append(integer(standing.remaining))
        guard let fullAgain = standing.fullAgain else { continue }
        limits.append(";t=")
        limits.append(integer(Int(min(wholeSeconds(fullAgain), latest ?? .max))))
      }
      guard policies.count > 0 else { return }
      body("RateLimit-Policy", policies.text)
      body("RateLimit", limits.text)
    }
  }

  /// `, "concurrent";q=999999999999999;qu="concurrent-requests"` has 56 bytes; a member of the other field has fewer.
  private static let longestMember = 64

  /// One of structured fields has 15 digits at most (RFC 9651 section 3.3.1).
  private static func integer(_ number: Int) -> UInt64 { UInt64(min(max(number, 0), 999_999_999_999_999)) }

  /// What stands in the two fields before a policy's quota, behind it, and before what is left of it.
  private typealias Words = (quota: StaticString, unit: StaticString, rest: StaticString)

  /// Nil for limits that the draft cannot tell of.
  private static func words(for kind: LimitKind) -> Words? {
    switch kind {
    case .rpm: ("\"rpm\";q=", ";w=60", "\"rpm\";r=")
    case .rpd: ("\"rpd\";q=", ";w=86400", "\"rpd\";r=")
    case .concurrent: ("\"concurrent\";q=", ";qu=\"concurrent-requests\"", "\"concurrent\";r=")
    case .tpm, .tpd, .streams, .websockets, .budget: nil
    }
  }
}
