import Testing

@testable import OllamaAPI

/// What a body tells of the server that should serve it.
@Suite struct PlacementSignsTests {
  private func probe(_ body: String, of kind: StreamKind? = .generation) throws -> RequestProbe {
    try Array(body.utf8).withUnsafeBytes { try RequestProbe($0, [.placement, .modelPlaces], of: kind) }
  }

  private func signs(_ body: String, of kind: StreamKind? = .generation) throws -> PlacementSigns {
    try #require(try probe(body, of: kind).placement)
  }

  @Test func nothingIsReadUnasked() throws {
    let body = Array(#"{"model":"m","options":{"num_ctx":4096}}"#.utf8)
    let probe = try body.withUnsafeBytes { try RequestProbe($0, []) }
    #expect(probe.placement == nil && probe.modelPlaces.isEmpty)
  }

  @Test func whatAModelIsLoadedWith() throws {
    let plain = try signs(#"{"model":"m","options":{"temperature":1,"num_predict":9}}"#)
    #expect(plain.contextLength == nil && plain.runnerOptions == 0 && plain.outputTokens == 9)
    let one = try signs(#"{"options":{"num_ctx":8192,"num_gpu":1,"num_batch":2}}"#)
    let same = try signs(#"{"OPTIONS":{"num_batch":2,"num_gpu":1,"num_ctx":8.192e3,"top_k":3}}"#)
    #expect(one.contextLength == 8192 && one.runnerOptions != 0)
    #expect(same.contextLength == 8192 && same.runnerOptions == one.runnerOptions)
    let other = try signs(#"{"options":{"num_batch":1,"num_gpu":2}}"#)
    #expect(other.runnerOptions != one.runnerOptions)
  }

  /// Go adds the later ones to those before.
  @Test(arguments: [
    (#"{"num_ctx":1},"options":{"num_gpu":1}"#, 1), (#"{"num_ctx":1},"optionſ":{"num_ctx":2}"#, 2),
    (#"{"num_ctx":1},"options":{"num_ctx":null}"#, nil), (#"{"num_ctx":1},"options":null"#, nil),
    (#"null,"options":{"num_ctx":1}"#, 1),
  ])
  func optionsThatComeTwice(_ options: String, _ context: Int?) throws {
    let signs = try signs(#"{"options":\#(options)}"#)
    #expect(signs.contextLength == context)
    #expect((signs.runnerOptions != 0) == options.contains("num_gpu"))
  }

  @Test(arguments: ["-1", "0", "1e999", "\"4096\"", "null", "[]", "nan", "123456789012345678901234567890123"])
  func aNumberThatMakesNoSenseIsNone(_ value: String) throws {
    let body =
      #"{"options":{"num_ctx":\#(value),"num_predict":1,"num_predict":\#(value)},"max_tokens":1,"max_tokens":\#(value)}"#
    guard let native = try? signs(body) else { return }
    #expect(native.contextLength == nil && native.outputTokens == nil, "\(body)")
    #expect(try signs(body, of: .openAICompletion).outputTokens == nil, "\(body)")
  }

  /// What Ollama passes over is no limit, as what is reserved for a request would be the client's to say.
  @Test(
    arguments: [
      (
        .generation,
        #"{"options":{"num_predict":9},"max_tokens":1,"max_output_tokens":1,"max_completion_tokens":1}"#, 9
      ),
      (.generation, #"{"max_tokens":1,"num_predict":1}"#, nil),
      (.generation, #"{"options":{"num_predict":9,"NUM_PREDICT":1}}"#, 9),
      (.generation, #"{"options":{"num_predict":1,"num\u005fpredict":-1}}"#, nil),
      (.generation, #"{"options":{"num_predict":1},"options":{}}"#, nil),
      (.generation, #"{"options":{"num_predict":1},"optionſ":{"num_predict":9}}"#, 9),
      (.generation, #"{"options":{"num_predict":1},"options":null}"#, nil),
      (.openAICompletion, #"{"max_tokens":9,"options":{"num_predict":1},"max_output_tokens":1}"#, 9),
      (.openAICompletion, #"{"options":{"num_predict":1},"max_output_tokens":1}"#, nil),
      (.openAICompletion, #"{"max_completion_tokens":1}"#, nil),
      (.openAICompletion, #"{"max_completion_tokens":9,"max_tokens":1}"#, 9),
      (.openAICompletion, #"{"max_tokens":9,"max_completion_tokens":1}"#, 9),
      (.openAICompletion, #"{"max_tokens":1,"max_completion_tokens":-1}"#, nil),
      (.openAICompletion, #"{"max_tokens":1,"MAX_TOKEN\u0053":9}"#, 9),
      (.openAIResponse, #"{"max_output_tokens":9,"max_tokens":1,"options":{"num_predict":1}}"#, 9),
      (.openAIResponse, #"{"max_tokens":1,"max_completion_tokens":1}"#, nil),
      (.anthropicMessage, #"{"max_tokens":9,"max_output_tokens":1,"max_completion_tokens":1}"#, 9),
      (.anthropicMessage, #"{"max_output_tokens":1,"options":{"num_predict":1}}"#, nil),
      (nil, #"{"max_tokens":1,"max_output_tokens":1,"options":{"num_predict":1}}"#, nil),
    ] as [(StreamKind?, String, Int?)])
  func onlyTheFieldOfTheAPILimitsTokens(_ kind: StreamKind?, _ body: String, _ tokens: Int?) throws {
    #expect(try signs(body, of: kind).outputTokens == tokens, "\(body)")
  }

  @Test func aHugeNumberIsBounded() throws {
    #expect(try signs(#"{"options":{"num_ctx":1e300}}"#).contextLength == PlacementSigns.maximumTokens)
  }

  @Test(arguments: [
    (#"{"prompt_cache_key":"a"}"#, "a"),
    (#"{"conversation":"b"}"#, "b"),
    (#"{"conversation":{"id":"c"}}"#, "c"),
    (#"{"previous_response_id":"d"}"#, "d"),
    (#"{"previous_response_id":"d","prompt_cache_key":"a","conversation":"b"}"#, "a"),
    (
      #"{"metadata":{"user_id":"user_1_account__session_2"},"prompt_cache_key":"a"}"#,
      "user_1_account__session_2"
    ),
    (#"{"metadata":{"user_id":"somebody"}}"#, nil),
    (#"{"conversation":7,"prompt_cache_key":""}"#, nil),
  ])
  func theConversation(_ body: String, _ name: String?) throws {
    #expect(try signs(body).conversation.map { String(decoding: $0, as: UTF8.self) } == name, "\(body)")
  }

  @Test func aNameThatIsTooLongIsNone() throws {
    let name = String(repeating: "n", count: PlacementSigns.maximumConversationBytes)
    #expect(try signs(#"{"prompt_cache_key":"\#(name)"}"#).conversation?.count == name.utf8.count)
    #expect(try signs(#"{"prompt_cache_key":"\#(name)n"}"#).conversation == nil)
  }

  @Test func formAndThought() throws {
    let both = try signs(#"{"format":"json","think":true}"#)
    #expect(both.isFormatted && both.thinks)
    let none = try signs(#"{"format":"","think":false,"response_format":null}"#)
    #expect(!none.isFormatted && !none.thinks)
  }

  @Test func whatIsToBeRead() throws {
    #expect(try signs(#"{"prompt":"12345678","images":["AAAAAAAAAAAA"],"system":"12"}"#).promptBytes == 14)
  }

  /// The tokens of an earlier conversation, however they are written.
  @Test(arguments: [
    ("[1,2,3]", 3), ("[ 128000 , 128001\n]", 2), ("[]", 0), ("null", 0), ("[null,null,1, null]", 4),
    (#"["1",true]"#, 0), ("[1.5e3,-7]", 2),
    ("[[1],{\"a\":2}]", 2),
  ])
  func theContextOfAGenerationIsOfTokens(_ context: String, _ tokens: Int) throws {
    let body = #"{"prompt":"12","cont\u0065xt":\#(context),"model":"m"}"#
    #expect(try signs(body).promptBytes == 4 + 4 * tokens)
    #expect(try signs(body).textBytes == 4 + 4 * tokens)
    #expect(try signs(body, of: .openAICompletion).promptBytes == 4)
    #expect(try signs(body, of: nil).promptBytes == 4)
  }

  @Test func aLongContextIsReadInSlices() throws {
    let body = Array(
      #"{"context":[\#((0..<9999).map(String.init).joined(separator: ", "))],"prompt":""}"#.utf8)
    var reader = RequestProbeReader(.placement, of: .generation)
    let probe = try body.withUnsafeBytes { bytes in
      while try !reader.read(bytes, upTo: reader.position + 7) {}
      return reader.probe
    }
    #expect(probe.placement?.textBytes == 4 * 9999 + 2)
  }

  /// Whatever stands after it or beside it, Ollama may have taken the longest.
  @Test(arguments: [
    #""template":null"#, #""template":"","template":null"#, #""prompt":null"#, #""prompt":"""#, #""input":1"#,
    #""messages":[]"#, #""system":null,"instructions":1,"Template":"{{.Prompt}}""#,
    #""suffix":null,"suffix":"""#,
    #""context":null,"context":[]"#,
  ])
  func whatComesAgainMakesNothingShorter(_ again: String) throws {
    let long =
      #""template":"{{.Prompt}}{{.Prompt}}{{.System}}{{.System}}{{.Suffix}}{{.Suffix}}","prompt":"12345678","#
      + #""system":"123456","suffix":"1234","context":[1,null]"#
    let alone = try signs("{\(long)}").textBytes
    #expect(alone == 10 + 8 + 6 + 10 + 8 + 6 + 68 + 2 * 4)
    #expect(try signs("{\(long),\(again)}").textBytes >= alone)
    #expect(try signs("{\(again),\(long)}").textBytes >= alone)
  }

  /// The same of the context by which a template is bounded that may write anything.
  @Test(arguments: [
    (#"{"num_ctx":9000},"options":{}"#, 9000), (#"{"num_ctx":9000},"options":{"seed":1}"#, 9000),
    (#"{"num_ctx":9000},"options":{"num_ctx":10}"#, 9000), (#"{"num_ctx":10,"num_ctx":9000}"#, 9000),
    (#"{"num_ctx":9000,"num_ctx":10}"#, 9000), (#"{"num_ctx":9000},"options":null"#, 9000),
    (#"{"num_ctx":10},"options":{}"#, 10), (#"{"num_ctx":10},"options":null"#, 4096),
    (#"{"num_ctx":10,"num_ctx":null}"#, 4096), (#"{"num_ctx":10},"options":{"num_ctx":-1}"#, 4096),
    (#"{"num_ctx":9000.000000000000000000000000000000000}"#, PlacementSigns.maximumTokens),
    (#"{"num_ctx":10,"seed":\#(String(repeating: " ", count: 65_536))1}"#, PlacementSigns.maximumTokens),
    ("{}", 4096), ("null", 4096),
  ])
  func theMostContextCounts(_ options: String, _ tokens: Int) throws {
    let body = #"{"template":"{{range .Messages}}","options":\#(options)}"#
    #expect(try signs(body).textBytes == 4 * tokens)
    #expect(try signs(body).contextPlace == nil, "More context would be more to read")
  }

  @Test(arguments: ["template", "TEMPLATE"]) func aTemplateIsReadAsWell(_ key: String) throws {
    // Before and behind the prompt.
    for body in [
      #"{"\#(key)":"{{.Prompt}}{{.Prompt}} and so on","prompt":"12345678"}"#,
      #"{"prompt":"12345678","\#(key)":"{{.Prompt}}{{.Prompt}} and so on"}"#,
    ] {
      #expect(try signs(body).textBytes == 34 + 10 + 10)
      #expect(try signs(body, of: .openAICompletion).textBytes == 10)
    }
    #expect(try signs(#"{"options":{"num_ctx":10},"template":"{{range .Messages}}"}"#).textBytes == 40)
  }

  @Test(arguments: [
    (#"{"options":{"num_ctx":4096}}"#, "4096"),
    (#"{ "options" : { "top_k":1, "num_ctx" : 4.096e3 } }"#, "4.096e3"),
    (#"{"options":{"num_ctx":1,"num_ctx":2}}"#, nil),
    (#"{"options":{"num_ctx":1},"options":{"num_ctx":2}}"#, nil),
    (#"{"options":{"num_ctx":1},"options":{}}"#, nil),
    (#"{"options":{"num_ctx":"1"}}"#, nil),
    (#"{"num_ctx":1}"#, nil),
  ])
  func whereTheContextStands(_ body: String, _ text: String?) throws {
    let bytes = Array(body.utf8)
    let place = try signs(body).contextPlace
    #expect(place.map { String(decoding: bytes[$0], as: UTF8.self) } == text, "\(body)")
    #expect(bytes.withUnsafeBytes { PlacementSigns.contextPlace(in: $0) } == place)
  }

  @Test func itIsElsewhereBehindAnotherName() throws {
    let body = Array(#"{"model":"m","options":{"num_ctx":7},"model":"n"}"#.utf8)
    let probe = try body.withUnsafeBytes { try RequestProbe($0, [.placement, .modelPlaces]) }
    var signs = try #require(probe.placement)
    let changed = body.replacing(probe.modelPlaces, with: Array(#""longer""#.utf8))
    signs.bodyChanged(at: probe.modelPlaces, to: 8)
    let place = try #require(signs.contextPlace)
    #expect(String(decoding: changed[place], as: UTF8.self) == "7")
  }

  /// In each of the APIs, in the order in which a model reads it.
  @Test(arguments: [
    (#"{"model":"m","prompt":"hello","system":"be kind"}"#, [#""be kind""#, #""hello"#]),
    (
      #"{"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function"}]}"#,
      [#"[{"type":"function"}]"#, #"[{"role":"user","content":"hi"}"#]
    ),
    (
      #"{"messages":[1],"system":[{"type":"text"}],"tools":[2],"max_tokens":3}"#,
      [#"[{"type":"text"}]"#, "[2]", "[1"]
    ),
    (#"{"input":"hi","instructions":"do"}"#, [#""do""#, #""hi"#]),
    (#"{"input":[{"role":"user"}],"tools":[]}"#, ["[]", #"[{"role":"user"}"#]),
    // As Go takes keys, and of several the last.
    (#"{"MESSAGES":[1],"messages":[2],"ſystem":"s"}"#, [#""s""#, "[2"]),
    (#"{"model":"m","options":{"num_ctx":1}}"#, []),
    (#"{"prompt":null,"messages":{}}"#, ["{"]), (#"{"prompt":"hi","prompt":null,"system":null}"#, [#""hi"#]),
  ])
  func whatThePromptIsKnownBy(_ body: String, _ parts: [String]) throws {
    let bytes = Array(body.utf8)
    let signs = try signs(body)
    bytes.withUnsafeBytes { bytes in
      #expect(signs.promptParts(of: bytes).map { String(decoding: $0, as: UTF8.self) } == parts, "\(body)")
      // Of another body than it was read of there is nothing past its end.
      let short = UnsafeRawBufferPointer(rebasing: bytes[..<1])
      #expect(signs.promptParts(of: short).isEmpty)
    }
  }

  @Test func hostileBodiesHavePartsOfTheirOwn() throws {
    let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
    for value in [
      deep, #""\u0000\ud800""#, "\"\u{FF}\"", "\"" + String(repeating: "x", count: 300_000) + "\"",
    ] {
      let body = #"{"model":"m","messages":\#(value),"system":\#(value)}"#
      let bytes = Array(body.utf8)
      try bytes.withUnsafeBytes { bytes in
        let probe = try RequestProbe(bytes, .placement)
        let parts = try #require(probe.placement).promptParts(of: bytes)
        #expect(parts.map(\.count) == [value.utf8.count, value.utf8.count - 1])
      }
    }
  }

  @Test func whereTheModelStands() throws {
    let body = #"{ "model" : "a\u0062", "x":{"model":"no"}, "MODEL":"c" }"#
    let places = try probe(body).modelPlaces
    let bytes = Array(body.utf8)
    #expect(places.map { String(decoding: bytes[$0], as: UTF8.self) } == [#""a\u0062""#, #""c""#])
    let many = "{" + Array(repeating: #""model":"m""#, count: 20).joined(separator: ",") + "}"
    #expect(try probe(many).modelPlaces.count == RequestProbe.maximumModelPlaces)
  }
}
