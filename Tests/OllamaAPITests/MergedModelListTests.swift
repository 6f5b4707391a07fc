import Testing

@testable import OllamaAPI

/// Lists of several servers go in, bytes come out.
@Suite struct MergedModelListTests {
  private func merge(
    _ list: ModelList, _ responses: [String], aliases: [(String, String)] = []
  ) -> (document: String, contested: [String]) {
    let lists = responses.compactMap { response in
      Array(response.utf8).withUnsafeBytes { list.rows(in: $0) }
    }
    var merged = MergedModelList(lists, of: list)
    merged.add(aliases: aliases.map { ($0.0, $0.1) })
    return (String(decoding: merged.document, as: UTF8.self), merged.contested)
  }

  private static func row(_ name: String, _ digest: String, _ time: String, _ more: String = "") -> String {
    #"{"name":"\#(name)","model":"\#(name)","modified_at":"\#(time)","digest":"\#(digest)"\#(more)}"#
  }

  private static func tags(_ rows: String...) -> String { #"{"models":[\#(rows.joined(separator: ","))]}"# }

  @Test func aNameHasOneRowAsItsServerSentIt() {
    let old = Self.row("a:latest", "1", "2026-01-01T00:00:00Z")
    let new = Self.row("a:latest", "1", "2026-01-02T00:00:00Z", #", "new" : {"x":[1.50, "\u00e9"]}"#)
    let other = Self.row("b:latest", "2", "2026-01-03T00:00:00Z")
    let merged = merge(.tags, [Self.tags(old), Self.tags(new, other), #"{"models":null}"#])
    #expect(merged.document == Self.tags(other, new))
    #expect(merged.contested.isEmpty)
  }

  @Test func theOneSpellingOfANameIsOneName() {
    let merged = merge(
      .tags,
      [Self.tags(Self.row("A", "1", "2026-01-02T00:00:00Z")), Self.tags(Self.row("a:latest", "1", ""))])
    #expect(merged.document == Self.tags(Self.row("A", "1", "2026-01-02T00:00:00Z")))
  }

  @Test func theDigestThatMostServersHaveCounts() {
    let most = Self.row("a:latest", "1", "2026-01-01T00:00:00Z")
    let newest = Self.row("a:latest", "2", "2026-05-01T00:00:00Z")
    let merged = merge(.tags, [Self.tags(newest), Self.tags(most), Self.tags(most)])
    #expect(merged.document == Self.tags(most))
    #expect(merged.contested == ["a:latest"])
    // Of as many of each the newest.
    #expect(merge(.tags, [Self.tags(most), Self.tags(newest)]).document == Self.tags(newest))
  }

  @Test func timesAreComparedAsTimes() {
    // The later one in another zone, and a nanosecond before the third.
    let first = Self.row("a:latest", "1", "2026-01-01T12:00:00.5+02:00")
    let second = Self.row("a:latest", "1", "2026-01-01T10:00:00.500000001Z")
    let third = Self.row("a:latest", "1", "2026-01-01T05:00:00.500000002-05:00")
    #expect(
      merge(.tags, [Self.tags(first), Self.tags(third), Self.tags(second)]).document == Self.tags(third))
  }

  @Test(arguments: [
    "", "2026-01-01", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T0a:00:00Z",
  ])
  func whatIsNoTimeComesLast(time: String) {
    let real = Self.row("b:latest", "2", "1999-01-01T00:00:00Z")
    let bad = Self.row("a:latest", "1", time)
    #expect(merge(.tags, [Self.tags(bad, real)]).document == Self.tags(real, bad))
  }

  @Test func aLoadedModelHasTheLatestEndAndTheLargestPart() {
    func row(_ vram: Int, _ end: String, _ length: Int) -> String {
      #"{"name":"a:latest","digest":"1","size_vram":\#(vram),"expires_at":"\#(end)","context_length":\#(length)}"#
    }
    let merged = merge(
      .loaded,
      [
        Self.tags(row(5, "2026-01-01T00:00:00Z", 4096)),
        Self.tags(row(3, "2318-01-01T00:00:00Z", 4096), row(1, "2026-01-01T00:00:00Z", 8192)),
      ])
    #expect(
      merged.document == Self.tags(row(5, "2318-01-01T00:00:00Z", 4096), row(1, "2026-01-01T00:00:00Z", 8192))
    )
  }

  @Test func openAIsListIsOfItsForm() {
    let a = #"{"id":"a","object":"model","created":5,"owned_by":"library"}"#
    let b = #"{"id":"b","object":"model","created":7,"owned_by":"library"}"#
    let merged = merge(
      .openAI, [#"{"object":"list","data":[\#(a)]}"#, #"{"object":"list","data":[\#(b),\#(a)]}"#],
      aliases: [("gpt-4o", "a")])
    let alias = #"{"id":"gpt-4o","object":"model","created":5,"owned_by":"library"}"#
    #expect(merged.document == #"{"object":"list","data":[\#(b),\#(a),\#(alias)]}"#)
  }

  @Test func anAliasIsACopyOfItsModelsRow() {
    let row = Self.row("a:latest", "1", "2026-01-01T00:00:00Z", #","size":7"#)
    let shadowed = Self.row("gpt:latest", "2", "2026-01-02T00:00:00Z")
    let merged = merge(.tags, [Self.tags(shadowed, row)], aliases: [("gpt", "A"), ("other", "missing")])
    #expect(
      merged.document == Self.tags(row, Self.row("gpt", "1", "2026-01-01T00:00:00Z", #","size":7"#)))
    // One step, whatever else stands for what.
    let crossed = merge(.tags, [Self.tags(row, shadowed)], aliases: [("a", "gpt"), ("gpt", "a")])
    #expect(
      crossed.document
        == Self.tags(
          Self.row("a", "2", "2026-01-02T00:00:00Z"),
          Self.row("gpt", "1", "2026-01-01T00:00:00Z", #","size":7"#)))
    let loaded = merge(.loaded, [Self.tags(row)], aliases: [("gpt", "a")])
    #expect(loaded.document == Self.tags(row))
  }

  @Test(arguments: ["", "[]", "{}", #"{"models":1}"#, #"{"models":[}"#, "null", #"{"models":"x"}"#])
  func whatIsNoListIsNone(response: String) {
    #expect(Array(response.utf8).withUnsafeBytes { ModelList.tags.rows(in: $0) } == nil)
  }

  @Test func rowsWithoutANameAreLeftOut() {
    #expect(
      merge(.tags, [#"{"models":[1,"x",{},{"name":7},{"name":""},[{"name":"a"}]]}"#]).document == Self.tags())
  }

  @Test func rowsThatFewReadersTakeAreLeftOut() {
    for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] {
      let response =
        Array(#"{"models":[{"name":"a","x":""#.utf8) + bytes + Array(#""},{"name":"b","x":"é"}]}"#.utf8)
      let rows = response.withUnsafeBytes { ModelList.tags.rows(in: $0) }
      #expect(rows?.map(\.name) == ["b"])
    }
  }

  @Test func versionsAreCompared() {
    let order = ["0.9.3", "0.9.10", "0.10.0", "0.33.0-rc2", "0.33.0", "1.0", "0.0.0"]
    for (place, version) in order.enumerated() {
      for later in order[place...].dropFirst() {
        #expect(OllamaVersion(version) < OllamaVersion(later))
        #expect(!(OllamaVersion(later) < OllamaVersion(version)))
      }
      #expect(!(OllamaVersion(version) < OllamaVersion(version)))
    }
    #expect(!(OllamaVersion("x") < OllamaVersion("0.0.0")))
    #expect(OllamaVersion(String(repeating: "9", count: 1000)) < OllamaVersion(""))
  }
}
