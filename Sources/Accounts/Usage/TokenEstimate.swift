internal import Limits

/// What a request is expected to take.
struct TokenEstimate: Sendable {
  let claim: LimitClaim
  /// Where the next one learns from it.
  let flow: TablePlace

  /// Tokens of the prompt, as few as a request may have used.
  var input: Int { min(claim.text + claim.images, Usage.mostTokens) }
}
