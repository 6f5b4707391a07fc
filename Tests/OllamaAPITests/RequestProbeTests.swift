import JSON
import OllamaAPI
import Testing

@Suite struct RequestProbeTests {
  func probe(_ body: String) throws -> RequestProbe {
    try withBytes(body) { try RequestProbe($0) }
  }

  @Test func readsTheThreeFields() throws {
    let full = try probe(#"{"model":"llama3","stream":false,"keep_alive":"5m","messages":[{"model":"no"}]}"#)
    #expect(full.model == "llama3")
    #expect(full.stream == false)
    #expect(full.keepAlive == .time)
    let empty = try probe("{}")
    #expect(empty.model == nil && empty.stream == nil && empty.keepAlive == nil && !empty.keepAliveIsZero)
  }

  @Test(arguments: [
    #"{"Model":"x"}"#, #"{"MODEL":"x"}"#, #"{"mo\u0064el":"x"}"#, #"{"model":"y","MODEL":"x"}"#,
    #"{"MODEL":"y","model":"x"}"#, #"{"model":"x","model":null}"#, #"{"model":"\u0078"}"#,
  ])
  func modelAsGoSeesIt(_ body: String) throws {
    #expect(try probe(body).model == "x")
  }

  @Test(arguments: [
    #"{"ſtream":true}"#, #"{"\u017ftream":true}"#, #"{"STREAM":true}"#, #"{"stream":false,"Stream":true}"#,
  ])
  func streamAsGoSeesIt(_ body: String) throws {
    #expect(try probe(body).stream == true)
  }

  @Test func nullUnsetsStreamAndKeepAlive() throws {
    #expect(try probe(#"{"stream":true,"stream":null}"#).stream == nil)
    #expect(try probe(#"{"keep_alive":0,"keep_alive":null}"#).keepAlive == nil)
  }

  @Test(
    "Requests that unload a model are known",
    arguments: [
      #"{"keep_alive":0}"#, #"{"keep_alive":0.0}"#, #"{"keep_alive":-0}"#, #"{"keep_alive":0e5}"#,
      #"{"keep_alive":"0"}"#, #"{"keep_alive":"-0"}"#, #"{"keep_alive":"+0"}"#, #"{"keep_alive":"0s"}"#,
      #"{"keep_alive":"0h0m"}"#, #"{"keep_alive":"0.0h"}"#, #"{"keep_alive":".0s"}"#,
      #"{"keep_alive":"0.9ns"}"#,
      #"{"keep_alive":"-0s"}"#, #"{"keep_alive":"0µs"}"#, #"{"keep_alive":"0μs"}"#, #"{"Keep_Alive":0}"#,
      #"{"\u212aeep_alive":0}"#, #"{"Keep_alive":0}"#, #"{"keep_alive":5,"KEEP_ALIVE":0}"#,
      #"{"keep_alive":"\u0030s"}"#, #"{"keep_alive":0.5}"#, #"{"keep_alive":36028797018963968}"#,
      #"{"keep_alive":1e30}"#, #"{"keep_alive":"9223372036854775808ns9223372036854775808ns"}"#,
      #"{"keep_alive":"1ns"}"#, #"{"keep_alive":"999ms"}"#, #"{"keep_alive":"0.9s"}"#,
      #"{"keep_alive":"0.0002h"}"#, #"{"keep_alive":"999999999ns"}"#, #"{"keep_alive":0.999}"#,
      #"{"keep_alive":1e-9}"#, #"{"keep_alive":9223372037}"#, #"{"keep_alive":9223372036.9}"#,
      #"{"keep_alive":9.3e9}"#, #"{"keep_alive":1e300}"#, #"{"keep_alive":-0.0}"#,
      #"{"keep_alive":"-0.9ns"}"#,
      #"{"\u006b\u0065\u0065\u0070\u005f\u0061\u006c\u0069\u0076\u0065":0}"#,
    ])
  func unloads(_ body: String) throws {
    #expect(try probe(body).keepAliveIsZero)
  }

  @Test(
    "How long a model shall be kept is read",
    arguments: [
      (#"{"keep_alive":-1}"#, KeepAlive.forever), (#"{"keep_alive":-0.5}"#, .forever),
      (#"{"keep_alive":"-1s"}"#, .forever), (#"{"keep_alive":"-1ns"}"#, .forever),
      (#"{"keep_alive":300}"#, .time),
      (#"{"keep_alive":"1s"}"#, .time), (#"{"keep_alive":"1000ms"}"#, .time),
      (#"{"keep_alive":9223372036}"#, .time), (#"{"keep_alive":9223372036.8}"#, .time),
      (#"{"keep_alive":-1e300}"#, .forever), (#"{"keep_alive":"-1ms"}"#, .forever),
      (#"{"keep_alive":"1h0m"}"#, .time), (#"{"keep_alive":"1.5h"}"#, .time),
      (#"{"keep_alive":"24h0m0.5s"}"#, .time), (#"{"keep_alive":1}"#, .time),
      (#"{"keep_alive":0,"keep_alive":1}"#, .time),
      (#"{"keep_alive":"2540400h10m10s"}"#, .time), (#"{"keep_alive":"1.h.5m"}"#, .time),
    ])
  func keeps(_ body: String, _ expected: KeepAlive) throws {
    #expect(try probe(body).keepAlive == expected)
  }

  @Test(arguments: [
    #""""#, #""s""#, #""0x""#, #""1""#, #""5 m""#, #""5m ""#, #"".s""#, #""-""#, #""+-1s""#,
    "true",
    "[]", "{}", "1e999", #""9999999h""#, #""9223372036854775808ns""#, #""1d""#,
  ])
  func refusesAKeepAliveThatGoRefuses(_ value: String) {
    #expect(
      throws: RequestProbeError.invalid(
        field: "keep_alive", expected: "a number of seconds, or a duration such as \"5m\"")
    ) { try probe("{\"keep_alive\":\(value)}") }
  }

  @Test(arguments: [
    #"{"model":5}"#, #"{"model":["x"]}"#, #"{"stream":"true"}"#, #"{"stream":1}"#, #"{"stream":{}}"#,
  ])
  func refusesWrongTypes(_ body: String) {
    #expect(throws: RequestProbeError.self) { try probe(body) }
  }

  @Test(arguments: [
    "", "[]", "null", "\"x\"", "{", #"{"model":"x""#, "{'a':1}", #"x{"model":"x"}"#,
  ])
  func refusesWhatIsNoObject(_ body: String) {
    #expect(throws: RequestProbeError.self) { try probe(body) }
  }

  /// Ollama decodes the first value of a body, and looks at nothing behind it.
  @Test(arguments: ["\u{0}", " x", "}", #"{"model":"y","keep_alive":0}"#, "\n[", #""#])
  func theFirstObjectCounts(_ rest: String) throws {
    let read = try probe(#"{"model":"x","stream":false}"# + rest)
    #expect(read.model == "x" && read.stream == false && read.keepAlive == nil)
  }

  /// As Go reads it, so that a name means the same here and in Ollama.
  @Test func textThatIsNone() throws {
    let bytes =
      Array(#"{"model":""#.utf8) + [0x61, 0xE2, 0x82] + Array(#"\ud83d\u0062","stream\ud83d":false}"#.utf8)
    let read = try bytes.withUnsafeBytes { try RequestProbe($0) }
    #expect(read.model?.utf8.elementsEqual("a\u{FFFD}\u{FFFD}\u{FFFD}b".utf8) == true)
    #expect(read.stream == nil)
    let plain = Array(#"{"model":"x"#.utf8) + [0xE2, 0x82, 0xE2] + Array("\"}".utf8)
    #expect(
      try plain.withUnsafeBytes { try RequestProbe($0) }.model?.utf8.elementsEqual(
        "x\u{FFFD}\u{FFFD}\u{FFFD}".utf8)
        == true)
  }

  /// Whatever stands there: it means nothing where it is not read.
  @Test(arguments: ["0", "true", "[]", #""x""#, "1e999"])
  func aKeepAliveThatIsNotRead(_ value: String) throws {
    let probe = try withBytes("{\"model\":\"m\",\"keep_alive\":\(value)}") { try RequestProbe($0, []) }
    #expect(probe.keepAlive == nil && probe.model == "m")
  }

  /// Ollama looks for a cloud's model by the exact key, and for others as Go does.
  @Test(arguments: [
    #"{"model":"m:cloud"}"#, #"{"model":" m:20b-CLOUD "}"#, #"{"model":"m:cloud","MODEL":"m"}"#,
    #"{"Model":"m:cloud","model":"m"}"#, #"{"model":"m:cloud","model":null}"#, #"{"model":"m:\u0063loud"}"#,
  ])
  func anyMemberNamesACloudsModel(_ body: String) throws {
    #expect(try probe(body).namesCloudModel)
    #expect(try !probe(#"{"model":"m","messages":[{"model":"m:cloud"}]}"#).namesCloudModel)
  }

  @Test(arguments: [
    (#"{"tools":[{"type":"web_search"}]}"#, true), (#"{"tools":[{"type":"web_search_20250305"}]}"#, true),
    (#"{"tools":[{"name":"x","type":"custom"},{"Type":" web_search_preview","a":[]}]}"#, true),
    (#"{"TOOLS":[{"t\u0079pe":"web\u005fsearch"}]}"#, true),
    (#"{"tools":[1,[],{"type":"WEB_SEARCH"}]}"#, true),
    (#"{"tools":[],"tools":[{"type":"function","type":"web_search"}]}"#, true),
    (#"{"tools":[{"type":"function","name":"web_search","function":{"type":"web_search"}}]}"#, false),
    (#"{"tools":{"type":"web_search"},"messages":[{"type":"web_search"}]}"#, false),
    (#"{"a":{"tools":[{"type":"web_search"}]},"tools":[[{"type":"web_search"}]]}"#, false),
    (#"{"tools":[{"type":"\\"},{"type":5},{"type":null},{"type":"file_search"}]}"#, false),
  ])
  func findsSearchesOfTheWeb(_ body: String, _ searches: Bool) throws {
    for slice in [1, 7, 1000] {
      let probe = try withBytes(body) { bytes in
        var reader = RequestProbeReader(.tools)
        while try !reader.read(bytes, upTo: reader.position + slice) {}
        return reader.probe
      }
      #expect(probe.searchesWeb == searches)
    }
    #expect(try !probe(body).searchesWeb, "where tools mean nothing")
  }

  @Test func aToolOfAnEndlessType() throws {
    for type in [
      String(repeating: " ", count: 100_000) + "web_search", String(repeating: "\\u0020", count: 4000),
    ] {
      let body = "{\"tools\":[{\"type\":\"\(type)\"}]}"
      #expect(try withBytes(body) { try RequestProbe($0, .tools) }.searchesWeb)
    }
  }

  @Test func boundsTheModelsName() {
    let long = String(repeating: "m", count: 100_000)
    #expect(throws: RequestProbeError.self) { try probe("{\"model\":\"\(long)\"}") }
  }

  @Test func otherKeysAreOthers() throws {
    let body =
      #"{"models":"a","xmodel":"b","mode":"c","keepalive":0,"keep-alive":0,"keep_alive ":0,"strėam":true}"#
    #expect(try probe(body) == probe("{}"))
  }
}
