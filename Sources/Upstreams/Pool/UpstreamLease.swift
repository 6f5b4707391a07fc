internal import HTTPClient

/// A server that was chosen for a call, until the call gives it back.
struct UpstreamLease {
  let server: UpstreamServer
  /// Of which of the pool's servers, one after the other, it is; -1 for one that is not the pool's (any more).
  let generation: Int
}

/// What a call says of its server.
enum UpstreamOutcome: Sendable {
  /// It has responded, whatever it said and however it went on.
  case answered
  /// It was asked and has not responded.
  case unanswered
  /// Nothing: nobody waited for the response, or the failure was the gateway's own.
  case unknown

  init(hasHead: Bool, _ error: TransferError?) {
    guard !hasHead else {
      self = .answered
      return
    }
    self =
      switch error {
      case nil, .exhausted, .failed: .unknown
      case .unreachable, .connectTimeout, .firstByteTimeout, .idleTimeout, .brokenOff, .malformed: .unanswered
      }
  }
}
