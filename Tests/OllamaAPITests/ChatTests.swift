import JSON
import OllamaAPI
import Testing

@Suite struct ChatTests {
  let reader = JSONReader(maximumBytes: 1 << 20)

  func encoded(_ request: ChatRequest) -> String {
    var writer = JSONWriter()
    request.encode(into: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func encodesARequest() throws {
    var options = try reader.withDocument(
      #"{"num_ctx":4096,"temperature":2,"stop":["a\"b"],"top_p":0.9,"num_predict":null,"x":null}"#
    ) { root in Result { () throws(ChatOptions.InvalidOptionError) in try ChatOptions(root) } }.get()
    #expect(options.temperature == 2 && options.maximumTokens == nil)
    options.temperature = 0.5
    options.maximumTokens = 100
    let request = ChatRequest(
      model: "m:latest", system: "Be brief.",
      messages: [.init(role: .user, content: "Hi\n"), .init(role: .assistant, content: "é")], options: options
    )
    #expect(
      encoded(request)
        == #"{"model":"m:latest","messages":[{"role":"system","content":"Be brief."},"#
        + #"{"role":"user","content":"Hi\n"},{"role":"assistant","content":"é"}],"#
        + #""options":{"num_ctx":4096,"stop":["a\"b"],"top_p":0.9,"x":null,"temperature":0.5,"num_predict":100},"#
        + #""stream":true}"#)
  }

  @Test func encodesWhatShallBeThoughtAndInWhatForm() throws {
    var request = ChatRequest(model: "m", messages: [], think: .flag(false))
    #expect(encoded(request) == #"{"model":"m","messages":[],"think":false,"stream":true}"#)
    request.think = .level("a\"b")
    request.format = try reader.withDocument(#"{"type": "object", "b": 1, "a": [null]}"#) { root in
      Result { () throws(ChatOptions.InvalidOptionError) in try ChatFormat(root) }
    }.get()
    #expect(
      encoded(request)
        == #"{"model":"m","messages":[],"think":"a\"b","format":{"type":"object","b":1,"a":[null]},"stream":true}"#
    )
  }

  @Test func leavesOutWhatIsNotThere() {
    let request = ChatRequest(model: "m", messages: [], stream: false)
    #expect(encoded(request) == #"{"model":"m","messages":[],"stream":false}"#)
  }

  @Test(arguments: [
    ("[]", "options"), (#"{"temperature":"hot"}"#, "options.temperature"),
    (#"{"num_predict":1.5}"#, "options.num_predict"), (#"{"num_predict":true}"#, "options.num_predict"),
  ])
  func refusesOptionsOfTheWrongType(_ text: String, _ name: String) throws {
    let error = #expect(throws: ChatOptions.InvalidOptionError.self) {
      try reader.withDocument(text) { root in
        Result { () throws(ChatOptions.InvalidOptionError) in try ChatOptions(root) }
      }.get()
    }
    #expect(error?.name == name)
  }

  func decode(_ line: String) throws(ResponseError) -> (chunk: ChatChunk, text: [String]) {
    var text: [String] = []
    let outcome = withBytes(line) { line in
      Result { () throws(ResponseError) in
        try ChatChunk.decode(line, reader: reader) { text.append(String(decoding: $0, as: UTF8.self)) }
      }
    }
    return (try outcome.get(), text)
  }

  @Test(
    "A line with text is a chunk",
    arguments: [
      (
        #"{"model":"m","message":{"role":"assistant","content":"Hel\"lo\n é\u0041"},"done":false}"#,
        ["Hel\"lo\n éA"]
      ),
      (#"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#, []),
      (#"{"message":{"role":"assistant","tool_calls":[]},"done":false}"#, []),
      (#"{"message":{"content":"x"}}"#, ["x"]),
      (#"{"message":{"content":"x"},"error":null}"#, ["x"]),
    ])
  func decodesText(_ line: String, _ text: [String]) throws {
    let decoded = try decode(line)
    #expect(decoded.chunk == .text)
    #expect(decoded.text == text)
  }

  /// First what was thought, then what was said.
  @Test(arguments: [
    (#"{"message":{"role":"assistant","content":"","thinking":"h\u006d"},"done":false}"#, ["t hm"]),
    (#"{"message":{"role":"assistant","content":"a","thinking":"hm"},"done":false}"#, ["t hm", "a"]),
    (#"{"message":{"role":"assistant","thinking":"hm"},"done":false}"#, ["t hm"]),
    (#"{"message":{"thinking":"hm"},"done":false}"#, ["t hm"]),
    (#"{"message":{"thinking":"hm","content":"a","role":"assistant"},"done":true}"#, ["t hm", "a"]),
    (#"{"message":{"role":"assistant","content":"a","thinking":""}}"#, ["a"]),
    (#"{"message":{"role":"assistant","content":"a","thinking":null}}"#, ["a"]),
    (#"{"message":{"role":"assistant","content":"a","thinking":7}}"#, ["a"]),
    (#"{"message":{"role":"assistant","content":"a","images":null}}"#, ["a"]),
  ])
  func decodesWhatWasThought(_ line: String, _ texts: [String]) throws {
    var heard: [String] = []
    _ = try withBytes(line) { line in
      Result { () throws(ResponseError) in
        try ChatChunk.decode(
          line, reader: reader, thinking: { heard.append("t " + String(decoding: $0, as: UTF8.self)) },
          content: { heard.append(String(decoding: $0, as: UTF8.self)) })
      }
    }.get()
    #expect(heard == texts)
  }

  @Test func decodesTheEnd() throws {
    let decoded = try decode(
      #"{"model":"m","message":{"role":"assistant","content":"!"},"done_reason":"length","done":true,"#
        + #""total_duration":5000000000,"load_duration":1,"prompt_eval_count":26,"prompt_eval_duration":130079000,"#
        + #""eval_count":259,"eval_duration":4232710000}"#)
    #expect(decoded.text == ["!"])
    guard case .end(let end) = decoded.chunk else {
      Issue.record("no end")
      return
    }
    #expect(end.doneReason == "length")
    #expect(end.usage.promptTokens == 26 && end.usage.completionTokens == 259)
    #expect(
      end.usage.durations
        == GenerationDurations(total: 5_000_000_000, load: 1, promptEval: 130_079_000, eval: 4_232_710_000))
  }

  /// A body of megabytes that is nothing but small values is not written anew.
  @Test(arguments: [
    (#""x":0"#, 1000, true), (#""x":0"#, 1001, false), (#""x":[0,[]]"#, 333, true),
    (#""x":[0,[]]"#, 334, false),
  ])
  func boundsTheValuesOfOptions(_ member: String, _ count: Int, _ isTaken: Bool) throws {
    let text = "{" + repeatElement(member, count: count).joined(separator: ",") + "}"
    let result = try reader.withDocument(text) { root in
      Result { () throws(ChatOptions.InvalidOptionError) in try ChatOptions(root) }
    }
    #expect(((try? result.get()) != nil) == isTaken)
  }

  /// Whatever stands there: no number that something could overflow with.
  @Test(arguments: [
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "-9223372036854775808", "1e308",
    "-1e308", "0.5",
    "9007199254740995.0", #""5""#, "null", "{}", "[]", "true",
  ])
  func numbersOfAnySize(_ number: String) throws {
    let names = [
      "eval_count", "prompt_eval_count", "total_duration", "load_duration", "prompt_eval_duration",
      "eval_duration",
    ]
    let line = #"{"done":true,"# + names.map { #""\#($0)":\#(number)"# }.joined(separator: ",") + "}"
    guard case .end(let end) = try decode(line).chunk else {
      Issue.record("no end")
      return
    }
    let isHuge = number == "9223372036854775807"
    let tokens = isHuge ? TokenUsage.maximumTokens : 0
    #expect(end.usage.promptTokens == tokens && end.usage.completionTokens == tokens)
    if let durations = end.usage.durations {
      for duration in [durations.total, durations.load, durations.promptEval, durations.eval] {
        #expect((0...GenerationDurations.maximum).contains(duration))
      }
    }
  }

  @Test func whatIsSaidAtTheEndIsBounded() throws {
    let long = String(repeating: "ü", count: 5000)
    guard case .end(let end) = try decode(#"{"done":true,"done_reason":"\#(long)"}"#).chunk else {
      Issue.record("no end")
      return
    }
    #expect(end.doneReason == "stop")
    guard case .failure(let message) = try decode(#"{"error":"x\#(long)"}"#).chunk else {
      Issue.record("no failure")
      return
    }
    // Cut between two characters.
    #expect(message == "x" + String(repeating: "ü", count: 999))
  }

  @Test func theEndMayBeBare() throws {
    guard case .end(let end) = try decode(#"{"done":true,"eval_count":-3}"#).chunk else {
      Issue.record("no end")
      return
    }
    #expect(end.doneReason == "stop")
    #expect(end.usage == TokenUsage())
  }

  @Test(
    "A line with an error is an error",
    arguments: [
      (#"{"error":"model 'x' not found"}"#, "model 'x' not found"),
      (#"{"error":{"message":"m","code":1}}"#, "m"),
      (#"{"error":5}"#, "unknown error"), (#"{"error":"e","message":{"content":"x"},"done":true}"#, "e"),
    ])
  func decodesErrors(_ line: String, _ message: String) throws {
    let decoded = try decode(line)
    #expect(decoded.chunk == .failure(message))
    #expect(decoded.text.isEmpty)
  }

  @Test(
    "A line that is no chunk is refused",
    arguments: ["{}", "[]", "5", #"{"message":"x"}"#, #"{"done":false}"#, "<html>", #"{"done":tru"#])
  func refusesNonsense(_ line: String) {
    #expect(throws: ResponseError.self) { try decode(line) }
  }

  @Test func everyCutLineIsRefused() {
    let line = #"{"message":{"content":"Hello"},"done":true}"#
    for length in 0..<line.utf8.count {
      #expect(throws: ResponseError.self) { try decode(String(line.prefix(length))) }
    }
  }
}
