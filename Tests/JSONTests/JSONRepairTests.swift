import JSON
import Testing

/// What Go's `encoding/json` takes beyond RFC 8259, and how it takes it.
@Suite struct JSONRepairTests {
  let reader = JSONReader(maximumBytes: 1 << 20)

  private func string(_ document: [UInt8]) throws -> [UInt8]? {
    try document.withUnsafeBytes { bytes in
      try reader.withDocument(bytes) { root in root["a"]?.withUTF8 { Array($0) } }
    }
  }

  @Test(arguments: BadText.all)
  func eachByteOfNoCharacterIsReplaced(_ text: BadText) throws {
    let document = Array(#"{"a":""#.utf8) + text.bytes + Array(#""}"#.utf8)
    #expect(try string(document) == Array(text.expected.utf8))
    // In a key as well.
    let keyed = Array(#"{""#.utf8) + text.bytes + Array(#"":1}"#.utf8)
    try keyed.withUnsafeBytes { bytes in
      try reader.withDocument(bytes) { root in
        root.forEachMember { key, _ in #expect(Array(key) == Array(text.expected.utf8)) }
      }
    }
  }

  @Test(arguments: [
    (#"\ud83d"#, "\u{FFFD}"), (#"\ud83d\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"),
    (#"\udc00"#, "\u{FFFD}"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
    (#"\ud83d\n\ude00"#, "\u{FFFD}\n\u{FFFD}"),
    (#"\\ud83d\ud83d\\"#, #"\ud83d\#u{FFFD}\"#), (#"\ud83d\u0041\ude00!"#, "\u{FFFD}A\u{FFFD}!"),
    (#"\uDBFF\uDFFF\uD800"#, "\u{10FFFF}\u{FFFD}"),
  ])
  func halfACharacterIsReplaced(_ escaped: String, _ expected: String) throws {
    #expect(try string(Array(#"{"a":"\#(escaped)"}"#.utf8)) == Array(expected.utf8))
  }

  @Test(arguments: [
    "{}", "\u{0}", "\u{0}\u{0}\u{0}", " x", "]", "}", #""#, #"{"a":"later"}"#, "\n{", "\u{FEFF}", "1e999",
  ])
  func theFirstValueIsTheDocument(_ rest: String) throws {
    #expect(try string(Array((#" {"b":[{}],"a":"}"}"# + rest).utf8)) == Array("}".utf8))
    #expect(try string(Array(#"{"a":"x"}"#.utf8) + [0xFF, 0xFE]) == Array("x".utf8))
    #expect(try reader.withDocument("[1]" + rest) { $0.count } == 1)
  }

  @Test(
    arguments: [
      ("18446744073709551616", 18_446_744_073_709_551_616.0),
      ("-9223372036854775809", -9_223_372_036_854_775_809.0),
      ("4423127163921798004736", 4_423_127_163_921_798_004_736.0), ("1e308", 1e308), ("1.5e+308", 1.5e308),
      ("1e999", nil), ("-0.001E400", nil), ("0e999", 0), ("1e-999", 0), ("0.0", 0),
      ("99999999999999999999e0", 1e20), ("1e99999999999999999999", nil),
    ] as [(String, Double?)])
  func numbersOfAnySize(text: String, number: Double?) throws {
    // The last is refused by simdjson in each case, so that the places of the others matter.
    let json =
      #"{"a\\\"18446744073709551616":[\#(text),"\#(text)",1.5,[[],{}],true,null,\#(text) ],"b":1844674407370955161.5,"#
      + #""c":18446744073709551615,"d":-9223372036854775808,"e":18446744073709551616}"#
    try reader.withDocument(json) { root in
      let list = root[#"a\"18446744073709551616"#]
      var found: [Double?] = []
      list?.forEachElement { found.append($0.double) }
      #expect(found == [number, nil, 1.5, nil, nil, nil, number])
      #expect(root["b"]?.double == 1_844_674_407_370_955_161.5)
      #expect(root["c"]?.unsigned == .max && root["d"]?.int == .min)
      #expect(root["e"]?.double == 0x1p64 && root["e"]?.int == nil && root["e"]?.unsigned == nil)
      #expect(root["e"]?.kind == .number)
    }
    try reader.withDocument(text) { #expect($0.double == number) }
    // Nothing of it stays for the next document.
    try reader.withDocument("[0,1.5]") { root in
      var found: [Double?] = []
      root.forEachElement { found.append($0.double) }
      #expect(found == [0, 1.5])
    }
  }

  @Test(arguments: [
    "", " ", "\u{0}", "\u{FEFF}{}", "{", #"{"a":1"#, #"{"a":"\ud83d"#, "[1e999,]", "[018446744073709551616]",
    "[18446744073709551616.]", "[1e400e1]", "[-]", "[--18446744073709551616]", "[1e]", #"["\ud83"]"#,
    #"["\x"]"#,
    "[\"\u{1}\"]", "}{", "x", "[nul]", ", {}",

  ])
  func whatIsBrokenInOtherWaysStaysBroken(_ text: String) {
    #expect(throws: JSONError.self) { try reader.withDocument(text) { _ in } }
  }

  @Test func bytesBetweenValuesAreNotReplaced() {
    for bytes: [UInt8] in [[0x5B, 0xFF, 0x5D], [0xFF], [0x5B, 0x22, 0xFF, 0x22, 0xFF, 0x5D], [0xC3, 0xA9]] {
      #expect(throws: JSONError.self) { try bytes.withUnsafeBytes { try reader.withDocument($0) { _ in } } }
    }
  }

  @Test func boundsItsTables() throws {
    func list(_ count: Int) -> String {
      "[" + repeatElement("1e999", count: count).joined(separator: ",") + "]"
    }
    #expect(try reader.withDocument(list(10_000)) { $0.count } == 10_000)
    #expect(throws: JSONError.self) { try reader.withDocument(list(10_001)) { _ in } }
    // Each bad byte becomes three, and what is too large then is refused.
    let small = JSONReader(maximumBytes: 64)
    let bytes = [0x22] + [UInt8](repeating: 0xFF, count: 62) + [0x22]
    #expect(throws: JSONError.self) { try bytes.withUnsafeBytes { try small.withDocument($0) { _ in } } }
  }

  /// The three readers agree: what is decided by one of them is decided by all.
  @Test func theScannerAndTheReaderReadTheSame() throws {
    for text in BadText.all {
      let inside = text.bytes + Array(#"\ud83d\ud83d\ude00\u0041"#.utf8)
      let document = Array(#"{"a":""#.utf8) + inside + Array("\"}\u{0}{".utf8)
      let unescaped = inside.withUnsafeBytes { JSONString.unescaped($0) }
      #expect(try string(document) == unescaped)
    }
  }
}
