import JSON
import Testing

@Suite struct JSONWriterTests {
  func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func setsCommasAndColons() {
    let written = text { writer in
      writer.object { writer in
        writer.member("a", 1)
        writer.key("b")
        writer.array { writer in
          writer.integer(2)
          writer.object { _ in }
          writer.array { $0.null() }
          writer.bool(false)
        }
        writer.member("c", "x")
        writer.member("d", 0.5)
        writer.member("e", true)
        writer.key("f")
        writer.value(json: Array(#"{"raw":1}"#.utf8))
        writer.key("g")
        writer.integer(UInt64.max)
      }
    }
    #expect(
      written
        == #"{"a":1,"b":[2,{},[null],false],"c":"x","d":0.5,"e":true,"f":{"raw":1},"g":18446744073709551615}"#
    )
  }

  @Test func framingStaysOutOfTheCommas() {
    let written = text { writer in
      for number in 1...2 {
        writer.framing("data: ")
        writer.object { $0.member("n", number) }
        writer.framing("\n\n")
      }
    }
    #expect(written == "data: {\"n\":1}\n\ndata: {\"n\":2}\n\n")
  }

  @Test(
    "Integers are written to their bounds",
    arguments: [
      (0, "0"), (-1, "-1"), (10, "10"), (Int.max, "9223372036854775807"), (Int.min, "-9223372036854775808"),
    ])
  func integers(_ number: Int, _ expected: String) {
    #expect(text { $0.integer(number) } == expected)
  }

  @Test(
    "Numbers are written so that they read back",
    arguments: [
      (0.1, "0.1"), (1e300, "1e+300"), (-0.0, "-0.0"), (.leastNonzeroMagnitude, "5e-324"), (100, "100.0"),
      (0.1 + 0.2, "0.30000000000000004"), (1e16, "1e+16"), (123456789.125, "123456789.125"),
    ])
  func numbers(_ number: Double, _ expected: String) throws {
    let written = text { $0.number(number) }
    #expect(written == expected)
    #expect(
      try JSONReader(maximumBytes: 100).withDocument(written) { $0.double?.bitPattern } == number.bitPattern)
  }

  @Test func escapesWhatMustBeAndNothingElse() {
    #expect(
      text { $0.string("a\"b\\c/d\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}é😀") }
        == "\"a\\\"b\\\\c/d\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}é😀\"")
    #expect(text { $0.string("") } == "\"\"")
  }

  @Test func escapesEndsOfLinesThatOnlySomeReadersKnow() {
    #expect(
      text { $0.string("a\u{2028}b\u{2029}\u{85}c\u{2027}\u{202A}\u{84}\u{A5}“é”\u{2028}") }
        == #""a\u2028b\u2029\u0085c\#u{2027}\#u{202A}\#u{84}\#u{A5}“é”\u2028""#)
    #expect(
      text { writer in
        writer.beginObject()
        Array("k\u{2028}".utf8).withUnsafeBytes { writer.key(utf8: $0) }
        writer.integer(1)
        writer.endObject()
      } == #"{"k\u2028":1}"#)
  }

  /// Wherever they stand in the words that are looked at together.
  @Test(arguments: ["\u{85}", "\u{2028}", "\u{2029}", "é", "“", "¥", "漢", "😀"])
  func escapesEndsOfLinesAtEveryPlace(_ character: String) {
    let escapes = ["\u{85}": #"\u0085"#, "\u{2028}": #"\u2028"#, "\u{2029}": #"\u2029"#]
    for before in 0..<20 {
      for after in 0..<20 {
        let (start, end) = (String(repeating: "x", count: before), String(repeating: "y", count: after))
        #expect(
          text { $0.string(start + character + end) }
            == "\"\(start)\(escapes[character] ?? character)\(end)\"")
      }
    }
  }

  /// A text that is written in parts is cut between characters.
  @Test("A text in parts is cut between characters") func wholeCharacters() {
    let text = Array("aé漢😀\u{2028}b".utf8)
    let starts = text.indices.filter { text[$0] & 0xC0 != 0x80 } + [text.count]
    for length in 0...text.count {
      let whole = text[..<length].withUnsafeBytes { $0.wholeCharacters.count }
      #expect(whole == starts.last { $0 <= length })
    }
  }

  @Test func everyByteAtEveryPlaceReadsBack() throws {
    // Over the block of sixteen bytes that the scan takes at once, on both sides of its edges.
    let reader = JSONReader(maximumBytes: 1 << 16)
    for length in [1, 15, 16, 17, 31, 32, 33, 50] {
      for place in 0..<length {
        for byte: UInt8 in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F] {
          var string = [UInt8](repeating: UInt8(ascii: "x"), count: length)
          string[place] = byte
          var writer = JSONWriter()
          string.withUnsafeBytes { writer.string(utf8: $0) }
          let read = try writer.bytes.withUnsafeBytes { bytes in
            try reader.withDocument(bytes) { root in root.withUTF8 { Array($0) } }
          }
          #expect(read == string)
        }
      }
    }
  }

  @Test func copiesAParsedValueExactly() throws {
    let source =
      #"{"i":-9223372036854775808,"u":18446744073709551615,"d":0.1,"e":1e-7,"one":1.0,"s":"q\"\\\u0001é","#
      + #""a":[],"o":{},"n":[null,true,false,[[{"x":[1]}]]],"i":2}"#
    let reader = JSONReader(maximumBytes: 1 << 16)
    var writer = JSONWriter()
    try reader.withDocument(source) { writer.value($0) }
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"i":-9223372036854775808,"u":18446744073709551615,"d":0.1,"e":1e-07,"one":1.0,"s":"q\"\\\u0001é","#
        + #""a":[],"o":{},"n":[null,true,false,[[{"x":[1]}]]],"i":2}"#)
  }

  @Test(arguments: [
    "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "1e400", "-0.1E+999",
  ])
  func copiesLargeNumbersAsTheyStand(_ number: String) throws {
    let source = #"{"a":[\#(number),{"\#(number)":\#(number)}],"b":1}"#
    var writer = JSONWriter()
    try JSONReader(maximumBytes: 1 << 16).withDocument(source + "\u{0}") { writer.value($0) }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == source)
  }

  @Test func copiesMembersButTheExcluded() throws {
    let reader = JSONReader(maximumBytes: 1 << 16)
    var writer = JSONWriter()
    try reader.withDocument(#"{"a":1,"temperature":2,"b":3,"temperature":4}"#) { root in
      writer.object { writer in
        writer.member("temperature", 0.7)
        writer.members(of: root, except: ["temperature"])
      }
    }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"temperature":0.7,"a":1,"b":3}"#)
  }

  @Test func resetKeepsMemoryAndStartsAfresh() {
    var writer = JSONWriter()
    writer.array { $0.integer(1) }
    let capacity = writer.bytes.capacity
    writer.reset()
    #expect(writer.bytes.isEmpty && writer.bytes.capacity == capacity)
    writer.integer(2)
    #expect(writer.take() == [UInt8(ascii: "2")])
    #expect(writer.bytes.isEmpty)
    writer.string(String(repeating: "x", count: 5000))
    writer.reset(keptBytes: 1000)
    #expect(writer.bytes.capacity == 0)
  }
}
