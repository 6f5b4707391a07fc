import JSON
import OllamaAPI
import Testing

@Suite struct StreamOutcomeTests {
  let reader = JSONReader(maximumBytes: 1 << 20)

  func outcome(
    _ pieces: [[UInt8]], _ kind: StreamKind
  ) -> (outcome: StreamOutcome, usage: TokenUsage?) {
    var tracker = StreamOutcomeTracker(kind: kind)
    for piece in pieces { _ = piece.withUnsafeBytes { tracker.note($0, reader: reader) } }
    return tracker.outcome(reader: reader)
  }

  static let generation = #"{"message":{"content":"x \"done\":true"},"done":false}"# + "\n"
  static let end =
    #"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":22}"#
    + "\n"
  static let message = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n"
  static let chunk = "data: {\"choices\":[{\"delta\":{\"content\":\"[DONE]\"}}]}\n\n"

  static let cases: [(kind: StreamKind, stream: String, outcome: StreamOutcome)] = [
    (.generation, generation + end, .success),
    (.generation, generation + end.dropLast(), .success),
    (.generation, generation + generation, .unmarked),
    (.generation, generation + end.dropLast(2), .unmarked),
    (.generation, "", .unmarked),
    (.generation, generation + #"{"error":"out of memory"}"# + "\n", .failure("out of memory")),
    (.generation, generation + #"{"error":"cut"}"#, .failure("cut")),
    (.generation, end + generation, .success), (.generation, end + "{\"error\":\"late\"}\n", .success),
    (.generation, #"{"done":true}"# + "\n" + #"{"models"#, .success),
    (.generation, generation + #"{ "done" : true }"# + "\n" + generation + generation, .success),
    (
      .generation, #"{"message":{"tool_calls":[{"arguments":{"done":true}}]},"done":false}"# + "\n", .unmarked
    ),
    (.generation, "{\"error\":\"early\"}\n" + generation, .failure("early")),
    (.generation, end + "\n\r\n", .success),
    (.progress, "{\"status\":\"pulling manifest\"}\n{\"status\":\"success\"}\n", .success),
    (.progress, "{\"status\":\"pulling manifest\"}\n", .unmarked),
    (.progress, "{\"status\":\"success\"}\n{\"status\":\"bye\"}\n", .success),
    (.progress, "{\"status\":\"pulling \", \"x\":\"success\"}\n", .unmarked),
    (.openAICompletion, "data: [DONE]\n\n" + chunk + chunk, .success),
    (
      .openAIResponse,
      "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\ndata: [DONE]\n\n",
      .success
    ),
    (
      .openAIResponse,
      "event: response.failed\ndata: {\"response\":{\"error\":{\"message\":\"no\"}}}\n\ndata: [DONE]\n\n",
      .failure("no")
    ),
    (
      .openAIResponse,
      "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"response.completed\"}\n\n",
      .unmarked
    ),
    (
      .anthropicMessage,
      message + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\ndata: [DONE]\n\n" + message,
      .success
    ),
    (.progress, "{\"status\":\"pulling\"}\n{\"error\":\"no space\"}\n", .failure("no space")),
    (.openAICompletion, chunk + "data: [DONE]\n\n", .success),
    (.openAICompletion, chunk + "data:[DONE]\r\n\r\n: bye\n\n", .success),
    (.openAICompletion, chunk + "data: [DONE]", .success),
    (.openAICompletion, chunk, .unmarked),
    (
      .openAICompletion, chunk + "data: {\"error\":{\"message\":\"boom\",\"type\":\"api_error\"}}\n\n",
      .failure("boom")
    ),
    (.openAICompletion, "event: error\ndata: {}\n\n", .failure("unknown error")),
    (.anthropicMessage, message + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", .success),
    (.anthropicMessage, message + "data: {\"type\":\"message_stop\"}\n\n", .success),
    (.anthropicMessage, message, .unmarked),
    (
      .anthropicMessage,
      message
        + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"bad\"}}\n\n",
      .failure("bad")
    ),
    (.openAIResponse, "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n", .success),
    (.openAIResponse, "data: {\"type\":\"response.incomplete\"}\n\n", .success),
    (
      .openAIResponse,
      "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"message\":\"no\"}}}\n\n", .failure("no")
    ),
    (.openAIResponse, "event: error\ndata: {\"type\":\"error\",\"message\":\"no\"}\n\n", .failure("no")),
    (
      .openAIResponse, "event: response.output_text.delta\ndata: {\"response\":{\"error\":null}}\n\n",
      .unmarked
    ),
  ]

  @Test(arguments: cases)
  func everySplitGivesTheSameOutcome(_ kind: StreamKind, _ stream: String, _ expected: StreamOutcome) {
    for pieces in splits(of: Array(stream.utf8)) {
      #expect(
        outcome(pieces, kind).outcome == expected, "\(pieces.map { String(decoding: $0, as: UTF8.self) })")
    }
  }

  @Test(arguments: [
    (
      StreamKind.openAICompletion,
      chunk
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n"
    ),
    (
      .openAICompletion,
      chunk + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]"
    ),
    (
      .anthropicMessage,
      message + "event: message_delta\ndata: {\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
    ),
    (
      .openAIResponse,
      "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":"
        + "{\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\n\n"
    ),
    (
      .openAIResponse,
      "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":"
        + "{\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\n\ndata: [DONE]\n\n: bye\n\nevent: x\ndata: {}\n\n"
    ),
    (.generation, #"{"done":true,"prompt_eval_count":3,"eval_count":4}"# + "\n" + generation + generation),
    (
      .openAICompletion,
      chunk
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n"
        + chunk + chunk
    ),
  ])
  func usageOfEventStreams(_ kind: StreamKind, _ stream: String) {
    let found = outcome([Array(stream.utf8)], kind)
    #expect(found.outcome == .success)
    #expect(found.usage == TokenUsage(promptTokens: 3, completionTokens: 4))
  }

  @Test func noUsageWhereNoneIsTold() {
    #expect(outcome([Array((Self.chunk + "data: [DONE]\n\n").utf8)], .openAICompletion).usage == nil)
    #expect(outcome([Array((Self.chunk + Self.chunk).utf8)], .openAICompletion).usage == nil)
  }

  @Test(arguments: [
    (StreamKind.generation, #"{"done":true,"prompt_eval_count":3,"eval_count":4}"#, true),
    (.generation, #"{"models":[]}"#, false),
    (.openAICompletion, #"{"usage":{"prompt_tokens":3,"completion_tokens":4}}"#, true),
    (.anthropicMessage, #"{"usage":{"input_tokens":3,"output_tokens":4}}"#, true),
    (.anthropicMessage, #"{"usage":null}"#, false), (.progress, #"{"status":"success"}"#, false),
    (.openAIResponse, "no JSON", false),
  ])
  func usageOfWholeResponses(_ kind: StreamKind, _ response: String, _ tells: Bool) {
    let usage = Array(response.utf8).withUnsafeBytes {
      TokenUsage(ofResponse: $0, kind: kind, reader: reader)
    }
    #expect(usage == (tells ? TokenUsage(promptTokens: 3, completionTokens: 4) : nil))
  }

  @Test func usageComesFromTheLastLine() {
    let found = outcome([Array((Self.generation + Self.end).utf8)], .generation)
    #expect(found.usage == TokenUsage(promptTokens: 11, completionTokens: 22))
  }

  @Test func anEndingOfAnySizeIsUnderstood() {
    for size in [0, 1000, 32 * 1024, 64 * 1024, 200_000] {
      let context = String(repeating: "123456,", count: size / 7) + "1"
      let line =
        #"{"model":"m","response":"","done":true,"done_reason":"stop","context":["# + context
        + #"],"total_duration":5,"prompt_eval_count":1234,"prompt_eval_duration":7,"eval_count":987}"# + "\n"
      let bytes = Array((Self.generation + line).utf8)
      let pieces = stride(from: 0, to: bytes.count, by: 4096).map {
        Array(bytes[$0..<min($0 + 4096, bytes.count)])
      }
      let found = outcome(pieces, .generation)
      #expect(found.outcome == .success)
      #expect(found.usage == TokenUsage(promptTokens: 1234, completionTokens: 987))
    }
  }

  /// Go writes no white space, others do.
  @Test(arguments: [":", ": ", " : ", "\t:\t"])
  func alsoInSpacedJSON(_ colon: String) {
    for size in [10, 100_000, 200_000] {
      let text = String(repeating: "x", count: size)
      let line =
        #"{ "response"\#(colon)"\#(text)", "done"\#(colon)true, "prompt_eval_count"\#(colon)12, "eval_count"\#(colon)34}"#
      let found = outcome([Array((Self.generation + line + "\n").utf8)], .generation)
      #expect(found.outcome == .success)
      #expect(found.usage == TokenUsage(promptTokens: 12, completionTokens: 34))
      let status = #"{ "x"\#(colon)"\#(text)", "status"\#(colon)"success" }"# + "\n"
      #expect(outcome([Array(status.utf8)], .progress).outcome == .success)
      let error = #"{ "error"\#(colon)"\#(text)" }"# + "\n"
      let failure = outcome([Array(error.utf8)], .generation).outcome
      #expect(failure != .success && failure != .unmarked)
      for (type, isEnd) in [("response.completed", true), ("response.output_item.done", false)] {
        let event =
          #"data: { "response"\#(colon){ "output"\#(colon)"\#(text)", "usage"\#(colon){ "input_tokens"\#(colon)12, "output_tokens"\#(colon)34}}, "type"\#(colon)"\#(type)"}"#
        let found = outcome([Array((event + "\n\n").utf8)], .openAIResponse)
        #expect(found.outcome == (isEnd ? .success : .unmarked))
        if isEnd { #expect(found.usage == TokenUsage(promptTokens: 12, completionTokens: 34)) }
      }
    }
  }

  @Test func theNextNumberOfASequence() {
    var tracker = StreamOutcomeTracker(kind: .openAIResponse)
    #expect(tracker.nextSequenceNumber(reader: reader) == 0)
    for (number, next) in [
      ("0", 1), ("41", 42), ("9223372036854775807", Int.max), ("99999999999999999999", 0), ("x", 0),
    ] {
      withBytes("event: a\ndata: {\"type\":\"a\",\"sequence_number\":\(number)}\n\n") {
        _ = tracker.note($0, reader: reader)
      }
      #expect(tracker.nextSequenceNumber(reader: reader) == next)
    }
  }

  @Test func aLargeEventIsNoSuccessUnlessItSaysSo() {
    // What a model writes cannot pass for the mark: its quotes are escaped.
    let text = String(repeating: #"\"done\":true,\"status\":\"success\" "#, count: 5000)
    let line = #"{"message":{"content":""# + text + #""},"done":false}"# + "\n"
    #expect(outcome([Array(line.utf8)], .generation).outcome == .unmarked)
    let error = #"{"error":""# + String(repeating: "x", count: 100_000) + "\"}\n"
    #expect(outcome([Array(error.utf8)], .generation).outcome != .unmarked)
    #expect(outcome([Array(error.utf8)], .generation).outcome != .success)
    let response =
      "event: response.completed\ndata: {\"response\":{\"output\":\"" + String(repeating: "y", count: 100_000)
      + "\"}}\n\n"
    #expect(outcome([Array(response.utf8)], .openAIResponse).outcome == .success)
  }

  @Test func tellsWhereTheLastCompleteEventEnds() {
    var tracker = StreamOutcomeTracker(kind: .openAICompletion)
    withBytes("data: a\n\nda") { #expect(tracker.note($0, reader: reader) == 9) }
    #expect(!tracker.isAtBoundary)
    withBytes("ta: b\n") { #expect(tracker.note($0, reader: reader) == 0) }
    withBytes("\n") { #expect(tracker.note($0, reader: reader) == 1) }
    #expect(tracker.isAtBoundary)
  }

  /// Names are compared byte by byte: as texts, so many combining marks would take minutes.
  @Test(arguments: [StreamKind.anthropicMessage, .openAIResponse, .progress])
  func aNameOfCombiningMarks(kind: StreamKind) {
    for name in ["message_stop", "response.completed", "error", "success", "r", ""] {
      let name = name + String(repeating: "\u{301}\u{316}", count: 6000)
      for event in [
        #"data: {"type":"\#(name)"}"# + "\n\n", "event: \(name)\ndata: {}\n\n",
        #"{"status":"\#(name)"}"# + "\n",
      ] {
        #expect(outcome([Array(event.utf8)], kind).outcome == .unmarked)
      }
    }
  }

  static let counted: [(kind: StreamKind, pieces: [String], count: Int)] = [
    (.generation, [generation, generation, String(generation.dropLast(3))], 2),
    (.openAICompletion, [chunk, chunk, ": ping\n\n", chunk], 3),
    (.openAICompletion, [chunk, chunk, chunk, "data: [DONE]\n\n"], 2),
    (.anthropicMessage, ["event: message_start\ndata: {}\n\n"], 0),
    (
      .anthropicMessage,
      [
        "event: message_start\ndata: {}\n\n", "event: content_block_start\ndata: {}\n\n", message, message,
      ], 2
    ),
    (.openAIResponse, [], 0),
  ]

  /// Of streams that are cut, and of those that do not tell.
  @Test(arguments: counted)
  func tokensAreCounted(_ kind: StreamKind, _ pieces: [String], _ count: Int) {
    for size in [1, 5, 4096] {
      var tracker = StreamOutcomeTracker(kind: kind)
      let bytes = Array(pieces.joined().utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = Array(bytes[start..<min(start + size, bytes.count)])
        _ = piece.withUnsafeBytes { tracker.note($0, reader: reader) }
      }
      #expect(tracker.tokenCount == count)
    }
  }

  static let ends: [(end: String, tokens: Int?, durations: GenerationDurations?)] = [
    (
      #"0.1]],"total_duration":500,"load_duration":100,"prompt_eval_count":8}"#, 8,
      GenerationDurations(total: 500, load: 100, promptEval: 400, eval: 0)
    ),
    (#"0.1]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}"#, 7, nil),
    (
      #"]}","done":true,"total_duration":900,"load_duration":100,"prompt_eval_count":8,"prompt_eval_duration":200,"#
        + #""eval_count":5,"eval_duration":500}"#, 8,
      GenerationDurations(total: 900, load: 100, promptEval: 200, eval: 500)
    ),
    (#"\"prompt_tokens\":1"}],"usage":{"input_tokens":3,"output_tokens":4}}"#, 3, nil),
    (#"0.1]}"#, nil, nil),
    (#"{"total_duration":1,"prompt_eval_count":99999999999999999999}"#, nil, nil),
  ]

  @Test(arguments: ends)
  func aResponseTellsAtItsEnd(_ end: String, _ tokens: Int?, _ durations: GenerationDurations?) {
    let usage = Array(end.utf8).withUnsafeBytes { TokenUsage(ofEnd: $0) }
    #expect(usage?.promptTokens == tokens && usage?.durations == durations)
  }
}
