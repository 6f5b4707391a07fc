internal import HTTPFields
import JSON

/// What the last event of a stream says about the stream's end.
struct StreamEnding {
  private(set) var outcome = StreamOutcome.unmarked
  private(set) var usage: TokenUsage?

  /// Takes what an event before has told of the usage, if this one does not tell it.
  mutating func takeUsage(_ before: TokenUsage?) {
    if usage == nil { usage = before }
  }

  /// - Parameters:
  ///   - event: the event as it stood in the stream, with a gap in the middle when it is not whole.
  ///   - reader: for the event's JSON; at least as large as `BoundedEvent` keeps.
  init(of event: UnsafeRawBufferPointer, kind: StreamKind, isWhole: Bool, reader: JSONReader) {
    switch kind {
    case .generation, .progress:
      if isWhole {
        readLine(event, kind: kind, reader: reader)
      } else {
        searchLine(event, kind: kind)
      }
    case .openAICompletion, .openAIResponse, .anthropicMessage:
      if isWhole {
        readEvent(ServerSentEvent(event), kind: kind, reader: reader)
      } else {
        searchEvent(event, kind: kind)
      }
    }
  }

  /// Whether an event may be a mark of success. Of nearly all that are none this tells it at a glance.
  static func mayBeMark(_ event: UnsafeRawBufferPointer, kind: StreamKind) -> Bool {
    switch kind {
    case .generation: event.hasMember(#""done""#, "true")
    case .progress: event.contains(#""success""#)
    case .openAICompletion: event.count <= 256 && event.contains("[DONE]")
    case .openAIResponse:
      event.contains("response.completed", by: 8) || event.contains("response.incomplete", by: 8)
    case .anthropicMessage: event.contains("message_stop", by: 7)
    }
  }
}

// MARK: - NDJSON

extension StreamEnding {
  private mutating func readLine(_ line: UnsafeRawBufferPointer, kind: StreamKind, reader: JSONReader) {
    let ending = try? reader.withDocument(line) { root -> (StreamOutcome, TokenUsage?) in
      if let error = root.present("error") { return (.failure(error.errorMessage), nil) }
      if kind == .progress {
        return (root["status"]?.string?.hasSameBytes(as: "success") == true ? .success : .unmarked, nil)
      }
      return TokenUsage(ofLast: root).map { (.success, $0) } ?? (.unmarked, nil)
    }
    if let ending { (outcome, usage) = ending }
  }

  /// A line with a gap is no JSON.
  private mutating func searchLine(_ line: UnsafeRawBufferPointer, kind: StreamKind) {
    if line.beginsWithMember(#""error""#) {
      outcome = .failure("an error message of over \(BoundedEvent.halfBytes) bytes")
    } else if kind == .progress {
      if line.hasMember(#""status""#, #""success""#) { outcome = .success }
    } else if line.hasMember(#""done""#, "true") {
      outcome = .success
      usage = TokenUsage(
        promptTokens: line.number(of: #""prompt_eval_count""#) ?? 0,
        completionTokens: line.number(of: #""eval_count""#) ?? 0)
    }
  }
}

// MARK: - SSE

extension StreamEnding {
  private mutating func readEvent(_ event: ServerSentEvent, kind: StreamKind, reader: JSONReader) {
    if kind == .openAICompletion && event.data.elementsEqual("[DONE]".utf8) {
      outcome = .success
      return
    }
    let (type, error) = event.data.withUnsafeBytes { data in
      (try? reader.withDocument(data) { root in
        if let response = root["response"] { usage = TokenUsage(usageOf: response) }
        if usage == nil { usage = TokenUsage(usageOf: root) }
        return Self.typeAndError(of: root)
      }) ?? ("", nil)
    }
    let name = event.name.isEmpty ? type : event.name
    if error != nil || ["error", "response.failed"].contains(where: name.hasSameBytes) {
      outcome = .failure(error ?? "unknown error")
    } else if Self.isMarkOfSuccess(name, kind: kind) {
      outcome = .success
    }
  }

  /// The data of an event with a gap are no JSON.
  private mutating func searchEvent(_ bytes: UnsafeRawBufferPointer, kind: StreamKind) {
    let name = ServerSentEvent(bytes).name
    func isType(_ type: StaticString, _ quoted: StaticString) -> Bool {
      name.isEmpty ? bytes.hasMember(#""type""#, quoted) : name.hasSameBytes(as: "\(type)")
    }
    if isType("error", #""error""#) || isType("response.failed", #""response.failed""#) {
      outcome = .failure("an error message of over \(BoundedEvent.halfBytes) bytes")
    } else if kind == .anthropicMessage
      ? isType("message_stop", #""message_stop""#)
      : kind == .openAIResponse
        && (isType("response.completed", #""response.completed""#)
          || isType("response.incomplete", #""response.incomplete""#))
    {
      outcome = .success
    }
    let prompt = bytes.number(of: #""prompt_tokens""#) ?? bytes.number(of: #""input_tokens""#)
    let completion = bytes.number(of: #""completion_tokens""#) ?? bytes.number(of: #""output_tokens""#)
    guard prompt != nil || completion != nil else { return }
    usage = TokenUsage(promptTokens: prompt ?? 0, completionTokens: completion ?? 0)
  }

  private static func isMarkOfSuccess(_ name: String, kind: StreamKind) -> Bool {
    switch kind {
    case .anthropicMessage: name.hasSameBytes(as: "message_stop")
    // An incomplete response is one that ran into its own token limit: a proper end.
    case .openAIResponse: ["response.completed", "response.incomplete"].contains(where: name.hasSameBytes)
    case .openAICompletion, .generation, .progress: false
    }
  }

  /// The `type` of an event's JSON, and its error: `{"error":…}`, `{"type":"error","message":…}` or
  /// `{"type":"response.failed","response":{"error":…}}`.
  private static func typeAndError(of data: JSONValue) -> (type: String, error: String?) {
    let type = data["type"]?.string ?? ""
    if let error = data.present("error") { return (type, error.errorMessage) }
    if let error = data["response"]?.present("error") { return (type, error.errorMessage) }
    return (type, type.hasSameBytes(as: "error") ? data["message"]?.string : nil)
  }
}
