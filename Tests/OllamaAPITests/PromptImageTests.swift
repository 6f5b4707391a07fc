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
      "/9j/" + Self.picture, #"\/9j\/"# + Self.picture, "UklGR" + Self.picture, "R0lGOD" + Self.picture,
    ] {
      let with = try signs(form.replacing("P", with: picture))
      #expect(with.imageCount == 1)
      #expect(with.textBytes == without.textBytes, "\(form)")
      #expect(with.promptBytes == without.promptBytes + picture.utf8.count)
    }
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
