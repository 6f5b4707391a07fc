// draft-ietf-httpapi-ratelimit-headers-10, as structured fields (RFC 9651).
extension RateLimitFields {
  /// `RateLimit-Policy` and `RateLimit`, of requests: the draft has no unit for tokens.
  ///
  /// - Parameter latest: seconds that no `t` is beyond.
  static func draftFields(_ standings: [LimitStanding], noLaterThan latest: Int64?) -> [Field] {
    var policies = ""
    var limits = ""
    for standing in standings {
      guard let policy = policy(of: standing.kind) else { continue }
      if !policies.isEmpty {
        policies += ", "
        limits += ", "
      }
      policies += "\"\(standing.kind.name)\";q=\(integer(standing.limit))\(policy)"
      limits += "\"\(standing.kind.name)\";r=\(integer(standing.remaining))"
      if let fullAgain = standing.fullAgain {
        limits += ";t=\(integer(Int(min(wholeSeconds(fullAgain), latest ?? .max))))"
      }
    }
    return policies.isEmpty ? [] : [("RateLimit-Policy", policies), ("RateLimit", limits)]
  }

  /// What a policy is behind its quota; nil for limits that the draft cannot tell of.
  private static func policy(of kind: LimitKind) -> String? {
    switch kind {
    case .rpm: ";w=60"
    case .rpd: ";w=86400"
    case .concurrent: ";qu=\"concurrent-requests\""
    case .tpm, .tpd, .streams, .websockets, .budget: nil
    }
  }

  /// An integer of structured fields has 15 digits at most (RFC 9651 section 3.3.1).
  private static func integer(_ number: Int) -> Int { min(number, 999_999_999_999_999) }
}
