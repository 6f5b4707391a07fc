import JSON
import OllamaAPI
import Testing

@Suite struct ModelsTests {
  let reader = JSONReader(maximumBytes: 1 << 20)

  @Test(
    "Names get their tag",
    arguments: [
      ("tinyllama", "tinyllama:latest"), ("tinyllama:1.1b", "tinyllama:1.1b"),
      ("ns/model", "ns/model:latest"),
      ("localhost:5000/ns/model", "localhost:5000/ns/model:latest"),
      ("localhost:5000/ns/model:q4", "localhost:5000/ns/model:q4"),
      ("hf.co/a/B-GGUF:Q4_K_M", "hf.co/a/B-GGUF:Q4_K_M"),
      ("model@sha256:abc", "model@sha256:abc"), ("h:1/n/m@sha256:abc", "h:1/n/m@sha256:abc"),
      ("", nil), (":", nil), (":tag", nil), ("model:", nil), ("ns/", nil), ("a b", nil), ("a\n", nil),
      ("a\u{7F}", nil),
    ] as [(String, String?)])
  func names(_ text: String, _ expected: String?) {
    #expect(ModelName(text)?.description == expected)
  }

  @Test("Names that are no model's are refused") func boundsNames() {
    #expect(ModelName(String(repeating: "x", count: ModelName.maximumBytes)) != nil)
    #expect(ModelName(String(repeating: "x", count: ModelName.maximumBytes + 1)) == nil)
    #expect(ModelName(String(repeating: "é", count: ModelName.maximumBytes)) == nil)
  }

  @Test func boundsWhatAResponseLists() throws {
    let entry = #"{"name":"a","size":-9223372036854775808}"#
    let body = #"{"models":["# + repeatElement(entry, count: 12_000).joined(separator: ",") + "]}"
    let models = try withBytes(body) { try TagsResponse($0, reader: JSONReader(maximumBytes: 1 << 20)) }
      .models
    #expect(models.count == TagsResponse.maximumModels && models.allSatisfy { $0.size == 0 })
  }

  @Test(
    "All spellings of a name have one canonical form",
    arguments: [
      ("M", "m:latest"), ("m:LATEST", "m:latest"), ("library/m:1", "m:1"),
      ("registry.ollama.ai/library/M", "m:latest"),
      ("https://registry.ollama.ai/library/m", "m:latest"), ("registry.ollama.ai/own/m", "own/m:latest"),
      ("localhost:5000/library/m", "localhost:5000/library/m:latest"), ("m@sha256:ab", "m:latest"),
      ("m:1@sha256:ab", "m:1"),
      ("hf.co/a/B-GGUF:Q4", "hf.co/a/b-gguf:q4"),
    ])
  func canonicalNames(_ name: String, _ canonical: String) {
    #expect(ModelName(name)?.canonical == canonical)
  }

  @Test(
    arguments: [
      ("m:cloud", true), ("m:20b-cloud", true), ("ns/m:CLOUD", true), (" m : Cloud ", true),
      ("m:1:cloud", true), ("\u{A0}h:5000/m:x-cloud\u{2003}\n", true), (":cloud", true), ("m:-cloud", true),
      ("m", false), ("m-cloud", false), ("cloud", false), ("m:cloudy", false), ("m:xcloud", false),
      ("m:cloud-1", false), ("m:cloud:1", false), ("h:5000/m-cloud", false), ("", false), (":", false),
      ("m:ｃloud", false),
    ])
  func namesOfTheCloud(_ name: String, _ isOfCloud: Bool) {
    #expect(ModelName.isOfCloud(name) == isOfCloud)
  }

  @Test(
    arguments: [
      ("M", ["m:latest"]), (" registry.ollama.ai/library/m:1\n", ["m:1"]),
      ("m:LOCAL", ["m:local", "m:latest"]), ("m:1:local", ["m:1:local", "m:1"]), ("", nil), ("a b", nil),
      ("e\u{301}", nil), (":local", nil),
    ] as [(String, [String]?)])
  func namesThatMeanOneModel(_ name: String, _ canonical: [String]?) {
    #expect(ModelName.canonicalNames(of: name) == canonical)
  }

  @Test func modelsOfAnotherMachine() throws {
    let body =
      #"{"models":[{"name":"a"},{"name":"b","remote_host":"https://x"},{"name":"c","remote_host":""}]}"#
    let models = try withBytes(body) { try TagsResponse($0, reader: reader) }.models
    #expect(models.map(\.isRemote) == [false, true, false])
  }

  @Test(
    arguments: [
      (#"["completion"]"#, true), (#"["embedding"]"#, false), (#"["embedding","completion"]"#, true),
      (#"["image"]"#, true), (#"["embedding","vision"]"#, false), ("[]", nil), ("null", nil), ("7", nil),
      (#"[7,null,["embedding"]]"#, true),
    ] as [(String, Bool?)])
  func whatModelsCanDo(_ capabilities: String, _ canChat: Bool?) throws {
    let tags = #"{"models":[{"name":"a","digest":"00ff","capabilities":\#(capabilities)}]}"#
    let model = try withBytes(tags) { try TagsResponse($0, reader: reader) }.models[0]
    #expect(model.canChat == canChat && model.digest == "00ff")
    let show = #"{"details":{},"capabilities":\#(capabilities)}"#
    #expect(try withBytes(show) { try ShowResponse($0, reader: reader) }.canChat == canChat)
  }

  @Test(arguments: [
    #""""#, "7", "null", #""sha256:00""#, #""00FF""#, #""e\u0301""#,
    "\"\(String(repeating: "0", count: 129))\"",
  ])
  func whatIsNoDigest(_ digest: String) throws {
    let tags = #"{"models":[{"name":"a","digest":\#(digest)}]}"#
    #expect(try withBytes(tags) { try TagsResponse($0, reader: reader) }.models[0].digest == nil)
  }

  @Test("The list of models is read") func tags() throws {
    let body =
      #"{"models":[{"name":"a:latest","model":"a:latest","modified_at":"2024-05-01T10:00:00.123456789+02:00","#
      + #""size":4661224676,"digest":"x","details":{}},{"model":"b"}]}"#
    let tags = try withBytes(body) { try TagsResponse($0, reader: reader) }
    #expect(
      tags.models.map(\.name) == ["a:latest", "b"] && tags.models.map(\.size) == [4_661_224_676, 0]
        && tags.models.map(\.modifiedAt) == ["2024-05-01T10:00:00.123456789+02:00", ""])
    #expect(try withBytes(#"{"models":null}"#) { try TagsResponse($0, reader: reader) }.models.isEmpty)
    #expect(throws: ResponseError.missing("models")) {
      try withBytes("{}") { try TagsResponse($0, reader: reader) }
    }
    #expect(throws: ResponseError.self) { try withBytes("<html>") { try TagsResponse($0, reader: reader) } }
  }

  @Test func aRowWithoutANameIsLeftOut() throws {
    let body =
      #"{"models":[{"size":1},{"name":7},5,null,{"name":5,"model":"a"},{"name":9,"name":"b"},{"name":"c"}]}"#
    #expect(
      try withBytes(body) { try TagsResponse($0, reader: reader) }.models.map(\.name) == ["a", "b", "c"])
    #expect(
      try withBytes(body) { try LoadedModelsResponse($0, reader: reader) }.models.map(\.name) == [
        "a", "b", "c",
      ])
  }

  /// What no reader takes in one row costs no other.
  @Test func aRowThatIsNestedTooDeepIsLeftOut() throws {
    let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
    let body = #"{"models":[{"name":"a"},{"name":"b","details":\#(deep)},{"name":"c"}]}"#
    #expect(try withBytes(body) { try TagsResponse($0, reader: reader) }.models.map(\.name) == ["a", "c"])
    #expect(
      try withBytes(body) { try LoadedModelsResponse($0, reader: reader) }.models.map(\.name) == ["a", "c"])
    // All together are more than is read at once.
    let small = JSONReader(maximumBytes: 40)
    let long = #"{"models":[{"name":"a"},{"name":"b"},{"name":"c"}]}"#
    #expect(
      try withBytes(long) { try TagsResponse($0, reader: small) }.models.map(\.name) == ["a", "b", "c"])
  }

  @Test("The version is read") func version() throws {
    #expect(
      try withBytes(#"{"version":"0.5.7"}"#) { try VersionResponse($0, reader: reader) }.version == "0.5.7")
    #expect(throws: ResponseError.missing("version")) {
      try withBytes(#"{"version":5}"#) { try VersionResponse($0, reader: reader) }
    }
  }
}
