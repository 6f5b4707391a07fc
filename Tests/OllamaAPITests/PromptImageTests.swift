import Testing

@testable import OllamaAPI

/// What of a prompt is text, and what pictures.
@Suite struct PromptImageTests {
  private func signs(_ body: String) throws -> PlacementSigns {
    let probe = try Array(body.utf8).withUnsafeBytes { try RequestProbe($0, .placement) }
    return try #require(probe.placement)
  }

  private static let picture = "iVBORw0KGgo" + String(repeating: "A", count: 989)

  @Test(arguments: [
    #"{"messages":[{"role":"user","content":"0123456789","images":["P"]}]}"#,
    #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"P"}}]}]}"#,
    #"{"input":[{"content":[{"type":"input_image","image_url":"P"}]}]}"#,
    #"{"messages":[{"content":[{"type":"image","source":{"type":"base64","data":"P"}}]}]}"#,
  ])
  func aPictureIsNoText(_ form: String) throws {
    let without = try signs(form.replacing("P", with: ""))
    #expect(without.imageCount == 0)
    for picture in [
      Self.picture, "data:image/png;base64," + Self.picture, #"data:image\/png;base64,"# + Self.picture,
      "data:;base64," + Self.picture, #"data:\u003bbase64,"# + String(repeating: "A", count: 200),
      "/9j/" + Self.picture, #"\/9j\/"# + Self.picture, "UklGR" + Self.picture, "R0lGOD" + Self.picture,
    ] {
      let with = try signs(form.replacing("P", with: picture))
      #expect(with.imageCount == 1)
      #expect(with.textBytes == without.textBytes, "\(form)")
      #expect(with.promptBytes == without.promptBytes + picture.utf8.count)
    }
  }

  /// Go passes over the ends of lines in base 64, and takes letters that are escaped.
  @Test(arguments: [
    "R0lGOD", #"\niVBORw0KGgo"#, #"\r\n\u000a\/9j\/"#, #"\u0069VBORw0KGgo"#, "AAAA", "é", #"\u00e9"#,
  ])
  func howeverSmallAndWritten(_ picture: String) throws {
    let native = try signs(#"{"messages":[{"content":"x","images":["\#(picture)","\#(picture)"]}]}"#)
    #expect(native.imageCount == 2 && native.textBytes == native.promptBytes - 2 * picture.utf8.count)
    let beside = try signs(#"{"prompt":"1234","images":["\#(picture)"]}"#)
    #expect(beside.imageCount == 1 && beside.textBytes == 6)
    let block = try signs(#"{"messages":[{"content":[{"source":{"data":"\#(picture)"}}]}]}"#)
    #expect(block.imageCount == (picture == "AAAA" || picture.hasSuffix("9") || picture == "é" ? 0 : 1))
  }

  @Test(arguments: [
    "data:", "data:;base64", "data:text/plain;base64,AAAA", #"\n"#, #"\"#, #"\u"#, #"\u00"#, #"\ud83d\ude00"#,
  ]) func aBeginningThatIsNone(
    _ text: String
  ) throws {
    let body = #"{"messages":[{"data":"\#(text)"}]}"#
    let bytes = Array(body.utf8)
    // Where it is JSON at all.
    guard let probe = try? bytes.withUnsafeBytes({ try RequestProbe($0, .placement) }) else { return }
    #expect(probe.placement?.imageCount == 0)
  }

  /// Who could call a text a picture would have it for the price of one.
  @Test(arguments: [
    #"{"prompt":"P"}"#, #"{"system":"P","input":["P","P"]}"#, #"{"suffix":"P","instructions":"P"}"#,
    #"{"system":[{"type":"text","text":"P","data":"P"}]}"#,
    #"{"tools":[{"function":{"url":"P","images":["P"]}}]}"#,
    #"{"messages":[{"role":"user","content":"P","thinking":"P"},{"content":[{"type":"text","text":"P"}]}]}"#,
    #"{"messages":[{"tool_calls":[{"function":{"arguments":{"images":["P"],"a":{"data":"P"}}}}]}]}"#,
    #"{"messages":[{"tool_calls":[{"function":{"ARGUMENT\u0053":[[{"url":"P"}]]}}]}]}"#,
    #"{"messages":[{"content":[{"type":"tool_use","input":{"source":{"data":"P"}}}]}]}"#,
    #"{"input":[{"type":"function_call","arguments":"P"},{"type":"function_call_output","output":"P"}]}"#,
  ])
  func aTextThatLooksLikeOneIsText(_ form: String) throws {
    for picture in [
      Self.picture, "/9j/ and so on", "data:image/png;base64,and so on", "data:;base64,and so on",
    ] {
      let signs = try signs(form.replacing("P", with: picture))
      #expect(signs.imageCount == 0, "\(form)")
      #expect(signs.textBytes == signs.promptBytes && signs.textBytes >= picture.utf8.count, "\(form)")
    }
  }

  @Test("What a tool is called with says nothing of what follows") func afterATool() throws {
    let signs = try signs(
      #"""
      {"messages":[
        {"tool_calls":[{"function":{"arguments":{"a":[{"b":1}]}}},{"function":{"arguments":"{}"}}]},
        {"images":["\#(Self.picture)"]},
        {"content":[{"type":"tool_use","input":{}},{"type":"image_url","image_url":{"url":"\#(Self.picture)"}}]}]}
      """#)
    #expect(signs.imageCount == 2)
  }

  @Test func thoseBesideThePromptAreCounted() throws {
    let signs = try signs(#"{"prompt":"1234","images":["\#(Self.picture)","\#(Self.picture)"]}"#)
    #expect(signs.imageCount == 2 && signs.textBytes == 6)
  }

  @Test func aLongTextIsText() throws {
    let text = String(repeating: "word ", count: 1000)
    let signs = try signs(#"{"prompt":"\#(text)","messages":[{"content":"\#(text)"}]}"#)
    #expect(signs.imageCount == 0 && signs.textBytes == signs.promptBytes)
  }

  /// In slices of any size the same is read.
  @Test(arguments: [1, 7, 64, 1000])
  func slicesChangeNothing(_ slice: Int) throws {
    let body = Array(#"{"model":"m","messages":[{"images":["\#(Self.picture)"],"content":"x"}]}"#.utf8)
    var reader = RequestProbeReader(.placement)
    let probe = try body.withUnsafeBytes { bytes in
      while try !reader.read(bytes, upTo: reader.position + slice) {}
      return reader.probe
    }
    #expect(probe.placement?.imageCount == 1)
    #expect(probe.placement == (try body.withUnsafeBytes { try RequestProbe($0, .placement) }).placement)
  }
}
