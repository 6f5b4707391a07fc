/// How a request's time on a server ended.
package enum FleetOutcome: Sendable, Equatable {
  /// With a whole response.
  case completed(FleetReport)
  /// With a status that is passed on, as it is the client's own affair: 400, 401, 403, 413, 422, and any that no case of
  /// ``FleetFailure`` names.
  case passedOn(status: Int)
  /// With none, or with one that another server might do better.
  case failed(FleetFailure)
}

/// Why a server did not do what was asked of it. Each has its rule: ``FleetScheduler/ended(_:_:at:)``.
package enum FleetFailure: Sendable, Equatable, CaseIterable {
  /// No connection: refused, reset before anything was sent, a name without address, TLS.
  case unreachable
  /// The connection broke after the request had been sent.
  case brokenOff
  /// The kept connection that it was sent on turned out to be closed before any byte of a response: of old age, or the server has
  /// died.
  case staleConnection
  /// ``FleetAction/recall(_:)`` asked for it: the server was found down.
  case recalled
  /// 401, 403 or 407, from a server that has credentials of the operator's.
  case credentialsRefused
  /// 503, Ollama's own `server busy`.
  case busy
  /// 503 of another kind, 502, or 500 of a runner that is dead.
  case runnerDied
  /// 500, as there is not enough memory for the model.
  case outOfMemory
  /// 404, as the server has no such model.
  case modelNotFound
  /// No first byte of a streamed response within its limit.
  case firstByteTimeout
  /// Silence or nonsense within a response.
  case stalled
}

/// What is known of a whole response. Numbers are taken as the server wrote them; whatever they are is bounded here.
package struct FleetReport: Sendable, Equatable {
  /// The durations of Ollama's last line; nil where the response has none.
  package var durations: FleetDurations?
  /// `prompt_eval_count`, or the usage of another dialect: of the whole prompt.
  package var promptTokens: Int?
  package var outputTokens: Int?
  /// Whether the transfer waited for its reader: such a one proves nothing.
  package var wasPaused: Bool
  /// Whether Ollama may have run it twice: `/api/chat` with `format` and thinking. It proves nothing either.
  package var isUnreliable: Bool

  package init(
    durations: FleetDurations? = nil, promptTokens: Int? = nil, outputTokens: Int? = nil,
    wasPaused: Bool = false,
    isUnreliable: Bool = false
  ) {
    self.durations = durations
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.wasPaused = wasPaused
    self.isUnreliable = isUnreliable
  }
}

/// Of Ollama's last line, in nanoseconds, as they stand there.
package struct FleetDurations: Sendable, Equatable {
  package var total: Int
  package var load: Int
  package var promptEval: Int
  package var eval: Int

  package init(total: Int, load: Int, promptEval: Int, eval: Int) {
    self.total = total
    self.load = load
    self.promptEval = promptEval
    self.eval = eval
  }
}
