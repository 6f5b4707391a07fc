import JSON
import OllamaAPI
import Testing

@Suite struct ErrorFormatTests {
  let report = ErrorReport(
    status: 404, detail: "model \"x\" not found", code: nil, field: "model", instance: "/v1/chat/completions",
    requestID: "r1")

  func body(_ format: ErrorFormat, _ report: ErrorReport) -> String {
    var writer = JSONWriter()
    format.encode(report, into: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  func event(_ format: ErrorFormat, _ framing: StreamFraming) -> String {
    var writer = JSONWriter()
    // After an event in the same buffer, as in a stream.
    writer.object { _ in }
    writer.framing("\n\n")
    format.encodeEvent(report, framing: framing, into: &writer)
    return String(String(decoding: writer.bytes, as: UTF8.self).dropFirst(4))
  }

  @Test(arguments: [
    ("/api/v1/chat/", ErrorFormat.problem), ("/api/v1", .problem), ("/health", .problem),
    ("/nowhere", .problem),
    ("/", .problem), ("/apiary", .problem), ("/v10/x", .problem), ("", .problem), ("/api/chat", .ollama),
    ("/api", .ollama),
    ("/api/v10", .ollama), ("/v1/chat/completions", .openAI), ("/v1/models/x", .openAI), ("/v1", .openAI),
    ("/v1/messages", .anthropic), ("/v1/messages/", .anthropic), ("/v1/messages/count_tokens", .anthropic),
    ("/v1/messagesx", .openAI), ("/user/new", .openAI), ("/users", .problem),
  ])
  func formatByPath(_ path: String, _ format: ErrorFormat) {
    #expect(ErrorFormat(path: path) == format)
  }

  @Test("Each API has its own body of an error") func bodies() {
    #expect(
      body(.problem, report)
        == #"{"type":"about:blank","title":"Not Found","status":404,"detail":"model \"x\" not found","#
        + #""instance":"/v1/chat/completions","request_id":"r1"}"#)
    #expect(body(.ollama, report) == #"{"error":"model \"x\" not found"}"#)
    #expect(
      body(.openAI, report)
        == #"{"error":{"message":"model \"x\" not found","type":"not_found_error","param":"model","code":"not_found"}}"#
    )
    #expect(
      body(.anthropic, report)
        == #"{"type":"error","error":{"type":"not_found_error","message":"model \"x\" not found"},"request_id":"r1"}"#
    )
    #expect(ErrorFormat.problem.contentType == "application/problem+json")
    #expect(ErrorFormat.openAI.contentType == "application/json")
  }

  /// The table of statuses and words of what has to do with keys and limits.
  @Test(arguments: [
    (ErrorFormat.ollama, ErrorCause.credential, 401, #"{"error":"d"}"#),
    (.openAI, .credential, 401, openAI("invalid_request_error", "invalid_api_key")),
    (.anthropic, .credential, 401, anthropic("authentication_error")),
    (
      .problem, .credential, 401,
      problem("about:blank", "Unauthorized", 401, "Could not validate credentials")
    ),
    (.openAI, .permission, 403, openAI("invalid_request_error", "model_not_found")),
    (.anthropic, .permission, 403, anthropic("permission_error")),
    (.problem, .permission, 403, problem("about:blank", "Forbidden", 403, "d")),
    (.openAI, .rate(.requests, policies: ["rpm"]), 429, openAI("requests", "rate_limit_exceeded")),
    (.openAI, .rate(.tokens, policies: ["tpm"]), 429, openAI("tokens", "rate_limit_exceeded")),
    (.anthropic, .rate(.tokens, policies: ["tpm"]), 429, anthropic("rate_limit_error")),
    (
      .problem, .rate(.tokens, policies: ["tpm"]), 429,
      problem(quotaExceeded, "Too Many Requests", 429, "d", #","violated-policies":["tpm"]"#)
    ),
    (.openAI, .budget(policies: ["month"]), 429, openAI("insufficient_quota", "insufficient_quota")),
    (.anthropic, .budget(policies: ["month"]), 402, anthropic("billing_error")),
    (
      .problem, .budget(policies: ["month"]), 429,
      problem(quotaExceeded, "Too Many Requests", 429, "d", #","violated-policies":["month"]"#)
    ),
    (.openAI, .busy, 503, openAI("server_error", "overloaded")),
    (.anthropic, .busy, 529, anthropic("overloaded_error")),
    (
      .problem, .busy, 503,
      problem(
        "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity", "Service Unavailable",
        503, "d")
    ),
  ])
  func causes(_ format: ErrorFormat, _ cause: ErrorCause, _ status: Int, _ expected: String) {
    let general =
      switch cause {
      case .credential: 401
      case .permission: 403
      case .rate, .budget: 429
      case .busy: 503
      }
    let report = ErrorReport(status: general, detail: "d", instance: "/", requestID: "r", cause: cause)
    #expect(report.status(in: format) == status)
    #expect(body(format, report) == expected)
  }

  private static let quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded"

  private static func openAI(_ type: String, _ code: String) -> String {
    #"{"error":{"message":"d","type":"\#(type)","param":null,"code":"\#(code)"}}"#
  }

  private static func anthropic(_ type: String) -> String {
    #"{"type":"error","error":{"type":"\#(type)","message":"d"},"request_id":"r"}"#
  }

  private static func problem(
    _ type: String, _ title: String, _ status: Int, _ detail: String, _ more: String = ""
  ) -> String {
    #"{"type":"\#(type)","title":"\#(title)","status":\#(status),"detail":"\#(detail)","instance":"/","#
      + #""request_id":"r"\#(more)}"#
  }

  /// FastAPI's clients look for what is wrong in a list.
  @Test func faults() {
    func errors(_ status: Int, field: String?, _ fault: FieldFault) -> String? {
      let report = ErrorReport(
        status: status, detail: "d", field: field, fault: fault, instance: "/", requestID: "r")
      let parts = body(.problem, report).split(separator: #""request_id":"r""#)
      return parts.count == 2 ? String(parts[1]) : nil
    }
    #expect(
      errors(422, field: "options.temperature", FieldFault(.type))
        == #","errors":[{"loc":["body","options","temperature"],"msg":"d","type":"type_error"}]}"#)
    #expect(
      errors(422, field: "limit", FieldFault(in: .query))
        == #","errors":[{"loc":["query","limit"],"msg":"d","type":"value_error"}]}"#)
    #expect(
      errors(422, field: nil, FieldFault(.missing))
        == #","errors":[{"loc":["body"],"msg":"d","type":"missing"}]}"#)
    #expect(errors(400, field: "message", FieldFault()) == "}")
  }

  @Test("Each API has its own event of an error") func events() {
    let message = #"{"type":"error","code":"not_found","message":"model \"x\" not found"}"#
    #expect(event(.problem, .sse) == "event: error\ndata: \(message)\n\n")
    #expect(event(.problem, .ndjson) == message + "\n")
    #expect(event(.ollama, .ndjson) == body(.ollama, report) + "\n")
    #expect(event(.openAI, .sse) == "data: \(body(.openAI, report))\n\n")
    #expect(event(.anthropic, .sse) == "event: error\ndata: \(body(.anthropic, report))\n\n")
  }

  /// openai-python looks for `error`, others for what OpenAI's document of the event says.
  @Test func theEventOfResponses() {
    var writer = JSONWriter()
    var report = report
    report.retryAfter = 7
    ErrorFormat.openAI.encodeEvent(report, of: .openAIResponse, number: 12, into: &writer)
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"event: error\#ndata: {"type":"error","code":"not_found","message":"model \"x\" not found","param":"model","#
        + #""sequence_number":12,"error":{"message":"model \"x\" not found","type":"not_found_error","param":"model","#
        + #""code":"not_found"},"retry_after":7}"# + "\n\n")
  }

  @Test func eventsSayWhenToComeAgain() {
    var report = report
    report.retryAfter = 7
    for format in ErrorFormat.allCases {
      var writer = JSONWriter()
      format.encodeEvent(report, framing: .ndjson, into: &writer)
      #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix(#","retry_after":7}"# + "\n"))
      #expect(!body(format, report).contains("retry_after"))
    }
  }

  @Test(arguments: [
    (400, "invalid_request_error", "invalid_request_error"),
    (401, "authentication_error", "authentication_error"),
    (403, "permission_error", "permission_error"), (404, "not_found_error", "not_found_error"),
    (413, "invalid_request_error", "request_too_large"),
    (422, "invalid_request_error", "invalid_request_error"),
    (429, "rate_limit_error", "rate_limit_error"), (500, "api_error", "api_error"),
    (502, "api_error", "api_error"),
    (503, "api_error", "overloaded_error"), (504, "api_error", "timeout_error"),
  ])
  func types(_ status: Int, _ openAI: String, _ anthropic: String) {
    let report = ErrorReport(status: status, detail: "d", instance: "/", requestID: "r")
    #expect(body(.openAI, report).contains("\"type\":\"\(openAI)\""))
    #expect(body(.anthropic, report).contains("\"error\":{\"type\":\"\(anthropic)\""))
  }

  @Test(arguments: [
    (StreamKind.generation, ErrorFormat.ollama), (.openAICompletion, .openAI),
    (.openAIResponse, .openAI), (.anthropicMessage, .anthropic), (.progress, .ollama),
  ])
  func ourOwnErrorEventsAreNoSuccess(_ kind: StreamKind, _ format: ErrorFormat) {
    var writer = JSONWriter()
    format.encodeEvent(report, of: kind, number: 0, into: &writer)
    var tracker = StreamOutcomeTracker(kind: kind)
    _ = writer.bytes.withUnsafeBytes { tracker.note($0, reader: JSONReader(maximumBytes: 1 << 20)) }
    let outcome = tracker.outcome(reader: JSONReader(maximumBytes: 1 << 20)).outcome
    #expect(outcome == .failure("model \"x\" not found"))
  }
}
