internal import Limits

/// What a request is expected to take.
struct TokenEstimate: Sendable {
  let claim: LimitClaim
  /// Where the next one learns from it.
  let flow: TablePlace
}
