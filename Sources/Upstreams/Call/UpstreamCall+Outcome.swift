internal import Fleet
internal import HTTPClient

// What the pool is told of the end.
extension UpstreamCall {
  /// Whether the server has responded at all; nil where that says nothing of it.
  func hasAnswered(_ error: TransferError?) -> Bool? {
    if status != nil { return true }
    return switch error {
    // Nobody waited for the response, or the failure was the gateway's own.
    case nil, .exhausted, .failed, .staleConnection: nil
    case .unreachable, .connectTimeout, .firstByteTimeout, .idleTimeout, .brokenOff, .malformed: false
    }
  }

  func outcome(_ error: TransferError?) -> FleetOutcome {
    switch error {
    case nil: outcomeOfResponse()
    case .unreachable, .connectTimeout: .failed(.unreachable)
    case .brokenOff: .failed(.brokenOff)
    case .staleConnection: .failed(.staleConnection)
    case .firstByteTimeout: .failed(.firstByteTimeout)
    case .idleTimeout, .malformed: .failed(.stalled)
    // Nothing of the server's.
    case .exhausted, .failed: .passedOn(status: status ?? 0)
    }
  }

  private func outcomeOfResponse() -> FleetOutcome {
    let status = status ?? 200
    let isError = status >= 400 || heldHead?.status == 200 && !heldContent.isEmpty
    guard isError else { return .completed(report) }
    let failure = FleetFailure(
      status: status < 400 ? 500 : status, heldContent, hasCredentials: server?.hasCredentials == true)
    return failure.map { .failed($0) } ?? .passedOn(status: status)
  }
}

extension FleetFailure {
  /// What an error response is about, as Ollama's own words tell.
  ///
  /// - Parameter hasCredentials: whether the server was shown a login of the operator's.
  /// - Returns: nil where it is the client's own affair.
  init?(status: Int, _ content: [UInt8], hasCredentials: Bool) {
    func says(_ words: StaticString) -> Bool {
      let words = UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount)
      guard content.count >= words.count else { return false }
      return (0...content.count - words.count).contains {
        content[$0..<$0 + words.count].elementsEqual(words)
      }
    }
    switch status {
    case 401, 403, 407:
      guard hasCredentials else { return nil }
      self = .credentialsRefused
    case 404 where says("model") && says("not found"): self = .modelNotFound
    case 503: self = says("server busy") || says("maximum pending requests") ? .busy : .runnerDied
    case 502: self = .runnerDied
    case 500 where says("out of memory") || says("requires more system memory"): self = .outOfMemory
    case 500 where says("runner") || says("CUDA"): self = .runnerDied
    default: return nil
    }
  }
}
