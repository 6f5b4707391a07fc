public import JSON

extension ErrorFormat {
  /// The body of a response that is the error.
  public func encode(_ report: ErrorReport, into writer: inout JSONWriter) {
    switch self {
    case .problem: encodeProblem(report, into: &writer)
    case .ollama: writer.object { $0.member("error", report.detail) }
    case .openAI: writer.object { encodeOpenAI(report, into: &$0) }
    case .anthropic: writer.object { encodeAnthropic(report, into: &$0) }
    }
  }

  /// The event that ends a stream in the error, with its framing. The stream must stand between two events.
  ///
  /// In the gateway's own streams (`.problem`) it is the WebSocket message `error` with `code` and `message`.
  public func encodeEvent(_ report: ErrorReport, framing: StreamFraming, into writer: inout JSONWriter) {
    if framing == .sse {
      // OpenAI's clients take an error from the data, of an event without a name.
      if self != .openAI { writer.framing("event: error\n") }
      writer.framing("data: ")
    }
    writer.object { writer in
      switch self {
      case .problem: encodeMessage(report, into: &writer)
      case .ollama: writer.member("error", report.detail)
      case .openAI: encodeOpenAI(report, into: &writer)
      case .anthropic: encodeAnthropic(report, into: &writer)
      }
      if let delay = report.retryAfter { writer.member("retry_after", delay) }
    }
    writer.framing(framing == .sse ? "\n\n" : "\n")
  }

  /// The same for a relayed stream of a kind. Those of `/v1/responses` have an error event of their own, with a number as
  /// each of their events; clients that know it not find the error where those of other streams have it.
  ///
  /// - Parameter number: ``StreamOutcomeTracker/nextSequenceNumber(reader:)``.
  public func encodeEvent(
    _ report: ErrorReport, of kind: StreamKind, number: Int, into writer: inout JSONWriter
  ) {
    guard kind == .openAIResponse else { return encodeEvent(report, framing: kind.framing, into: &writer) }
    writer.framing("event: error\ndata: ")
    writer.object { writer in
      encodeMessage(report, into: &writer)
      encodeParameter(report, into: &writer)
      writer.member("sequence_number", number)
      encodeOpenAI(report, into: &writer)
      if let delay = report.retryAfter { writer.member("retry_after", delay) }
    }
    writer.framing("\n\n")
  }

  /// RFC 9457.
  private func encodeProblem(_ report: ErrorReport, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", report.problemType)
      writer.member("title", report.title)
      writer.member("status", report.status)
      writer.member("detail", report.problemDetail)
      writer.member("instance", report.instance)
      writer.member("request_id", report.requestID)
      if !report.policies.isEmpty {
        writer.key("violated-policies")
        writer.array { writer in for policy in report.policies { writer.string(policy) } }
      }
      if report.status == 422 { encodeFaults(report, into: &writer) }
    }
  }

  /// The same for programs, as the first system told it: a list of one, as the first fault ends the reading.
  private func encodeFaults(_ report: ErrorReport, into writer: inout JSONWriter) {
    writer.key("errors")
    writer.array { writer in
      writer.object { writer in
        writer.key("loc")
        writer.array { writer in
          writer.string(report.fault.place.rawValue)
          for part in report.field?.split(separator: ".") ?? [] { writer.string(String(part)) }
        }
        writer.member("msg", report.detail)
        writer.member("type", report.fault.kind.rawValue)
      }
    }
  }

  private func encodeOpenAI(_ report: ErrorReport, into writer: inout JSONWriter) {
    writer.key("error")
    writer.object { writer in
      writer.member("message", report.detail)
      writer.member("type", report.openAIType)
      encodeParameter(report, into: &writer)
      writer.member("code", report.openAICode)
    }
  }

  private func encodeParameter(_ report: ErrorReport, into writer: inout JSONWriter) {
    writer.key("param")
    if let field = report.field { writer.string(field) } else { writer.null() }
  }

  private func encodeAnthropic(_ report: ErrorReport, into writer: inout JSONWriter) {
    writer.member("type", "error")
    writer.key("error")
    writer.object { writer in
      writer.member("type", report.anthropicType)
      writer.member("message", report.detail)
    }
    writer.member("request_id", report.requestID)
  }

  private func encodeMessage(_ report: ErrorReport, into writer: inout JSONWriter) {
    writer.member("type", "error")
    writer.member("code", report.effectiveCode)
    writer.member("message", report.detail)
  }
}
