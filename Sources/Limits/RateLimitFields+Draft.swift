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
    _ standings: LimitStandings, noLaterThan latest: Int64? = nil,
    _ body: (StaticString, UnsafeRawBufferPointer) -> Void
  ) {
    withUnsafeTemporaryAllocation(byteCount: standings.all.count * longestMember, alignment: 1) { memory in
      if standings.policies.isEmpty {
        var policies = FixedWriter(memory)
        for standing in standings.all { appendPolicy(standing.kind, standing.limit, to: &policies) }
        if policies.count == 0 { return }
        body("RateLimit-Policy", policies.text)
      } else {
        standings.policies.withUnsafeBytes { body("RateLimit-Policy", $0) }
      }
      var limits = FixedWriter(memory)
      for standing in standings.all {
        guard let words = words(for: standing.kind) else { continue }
        if limits.count > 0 { limits.append(", ") }
        limits.append(words.rest)
        limits.append(integer(standing.remaining))
        guard let fullAgain = standing.fullAgain else { continue }
        limits.append(";t=")
        limits.append(integer(Int(min(wholeSeconds(fullAgain), latest ?? .max))))
      }
      body("RateLimit", limits.text)
    }
  }

  /// The value of `RateLimit-Policy`; empty where the draft has no words for any of the limits.
  static func policies(of limits: LimitSet) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: 3 * longestMember, alignment: 1) { memory in
      var policies = FixedWriter(memory)
      if let rpm = limits.rpm { appendPolicy(.rpm, rpm, to: &policies) }
      if let rpd = limits.rpd { appendPolicy(.rpd, rpd, to: &policies) }
      if let concurrent = limits.concurrent { appendPolicy(.concurrent, concurrent, to: &policies) }
      return Array(policies.text)
    }
  }

  private static func appendPolicy(_ kind: LimitKind, _ limit: Int, to policies: inout FixedWriter) {
    guard let words = words(for: kind) else { return }
    if policies.count > 0 { policies.append(", ") }
    policies.append(words.quota)
    policies.append(integer(limit))
    policies.append(words.unit)
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
