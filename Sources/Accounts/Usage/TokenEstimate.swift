internal import Limits

/// What a request is expected to take.
struct TokenEstimate: Sendable {
  let claim: LimitClaim
  /// Where the next one learns from it.
  let flow: Flow
  /// Tokens that the model makes in a second; nil where that is not known.
  let rate: Double?

  /// Tokens of the prompt, as few as a request may have used.
  var input: Int { min(claim.text + claim.images, Usage.mostTokens) }

  /// What nobody has seen of a response.
  ///
  /// - Parameters:
  ///   - time: that the model has worked on it at most, in microseconds, 0 or more.
  ///   - asked: as in ``Demand/askedOutput``.
  func unseenOutput(of time: Int, asked: Int?) -> Int {
    guard let rate else { return claim.output }
    let most = min(asked ?? .max, TokenEstimates.mostOutput)
    return Int(min(rate * Double(time) / 1e6, Double(most)))
  }
}
