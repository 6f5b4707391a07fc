/// One exchange of a ``StreamSwarm`` while it goes on.
struct SwarmStream {
  let request: [UInt8]
  let cut: SwarmPlan.Cut?
  /// Whether it reads nothing for now.
  var stalls: Bool
  var outcome: StreamSwarm.Outcome
  var requestSent = 0
  /// Bytes of the response, with head and framing.
  var received = 0
  /// Whether it was tried on a connection that turned out to be closed already.
  var isRetry = false

  init(index: Int, request: [UInt8], cut: SwarmPlan.Cut?, stalls: Bool) {
    outcome = StreamSwarm.Outcome(index: index)
    self.request = request
    self.cut = cut
    self.stalls = stalls
  }

  /// How many bytes of the request are sent before it is cut.
  var requestEnd: Int {
    if case .request(let bytes) = cut?.place { bytes } else { request.count }
  }

  var isRequestSent: Bool { requestSent >= requestEnd }

  /// Whether it has got to where it is to be cut.
  var isAtCut: Bool {
    guard isRequestSent else { return false }
    switch cut?.place {
    case .request: return true
    case .response(let bytes): return received >= bytes
    case nil: return false
    }
  }
}
