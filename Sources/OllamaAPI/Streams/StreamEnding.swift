internal import HTTPFields
import JSON

/// What the last event of a stream says about the stream's end.
struct StreamEnding {
  private(set) var outcome = StreamOutcome.unmarked
  private(set) var usage: TokenUsage?

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
      readEvent(ServerSentEvent(event), kind: kind, reader: reader)
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
      return root["done"]?.bool == true ? (.success, TokenUsage(root)) : (.unmarked, nil)
    }
    if let ending { (outcome, usage) = ending }
  }

  /// A line with a gap is no JSON. What is searched for cannot stand inside a string, where each quote has a backslash
  /// before it, and Go writes no white space.
  private mutating func searchLine(_ line: UnsafeRawBufferPointer, kind: StreamKind) {
    if line.starts(with: #"{"error":"#.utf8) {
      outcome = .failure("an error message of over \(BoundedEvent.halfBytes) bytes")
    } else if kind == .progress {
      if line.end(of: #""status":"success""#) != nil { outcome = .success }
    } else if line.end(of: #""done":true"#) != nil {
      outcome = .success
      usage = TokenUsage(
        promptTokens: line.number(after: #""prompt_eval_count":"#) ?? 0,
        completionTokens: line.number(after: #""eval_count":"#) ?? 0)
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

// MARK: - Search

extension UnsafeRawBufferPointer {
  /// The index behind the first place where `text` stands.
  fileprivate func end(of text: StaticString) -> Int? {
    let wanted = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard count >= wanted.count else { return nil }
    for start in 0...(count - wanted.count) where self[start] == wanted[0] {
      if self[start..<start + wanted.count].elementsEqual(wanted) { return start + wanted.count }
    }
    return nil
  }

  /// The decimal number behind `text`, if there is one that fits.
  fileprivate func number(after text: StaticString) -> Int? {
    guard let start = end(of: text) else { return nil }
    let digits = self[start...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    return Int(String(decoding: digits, as: UTF8.self))
  }
}
