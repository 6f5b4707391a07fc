import JSON
import Testing

@Suite struct JSONReaderTests {
  let reader = JSONReader(maximumBytes: 1 << 20)

  @Test func readsEveryType() throws {
    let text =
      #"{"s":"a\"\u00e9\ud83d\ude00","i":-7,"u":18446744073709551615,"d":1.5,"t":true,"f":false,"n":null}"#
    try reader.withDocument(text) { root in
      #expect(root.kind == .object)
      #expect(root.count == 7)
      #expect(root["s"]?.string == "a\"é😀")
      #expect(root["i"]?.int == -7)
      #expect(root["i"]?.unsigned == nil)
      #expect(root["i"]?.double == -7)
      #expect(root["u"]?.unsigned == .max)
      #expect(root["u"]?.int == nil)
      #expect(root["d"]?.double == 1.5)
      #expect(root["d"]?.int == nil)
      #expect(root["t"]?.bool == true)
      #expect(root["f"]?.bool == false)
      #expect(root["n"]?.isNull == true)
      #expect(root["n"]?.bool == nil)
    }
  }

  @Test(
    "Integers are read to their bounds",
    arguments: [
      ("5.0", 5), ("5e2", 500), ("-0.0", 0), ("9007199254740992.0", 9_007_199_254_740_992),
      ("9223372036854775807", Int.max), ("1e17", nil), ("0.5", nil), ("9223372036854775808", nil),
      ("true", nil),
    ] as [(String, Int?)])
  func integers(_ text: String, _ expected: Int?) throws {
    #expect(try reader.withDocument(text) { $0.int } == expected)
  }

  @Test func accessorsOfAnotherTypeReturnNil() throws {
    try reader.withDocument(#"["x"]"#) { root in
      #expect(root.string == nil && root.int == nil && root.double == nil && root.bool == nil)
      #expect(root["x"]?.kind == nil)
      var members = 0
      root.forEachMember { _, _ in members += 1 }
      #expect(members == 0)
    }
    try reader.withDocument(#""x""#) { root in
      #expect(root.count == 0)
      var elements = 0
      root.forEachElement { _ in elements += 1 }
      #expect(elements == 0)
    }
  }

  @Test func theLastOfTwoEqualKeysCounts() throws {
    try reader.withDocument(#"{"a":1,"b":2,"a":3}"#) { root in
      #expect(root["a"]?.int == 3)
      #expect(root["c"]?.kind == nil)
      #expect(root["aa"]?.kind == nil)
      #expect(root[""]?.kind == nil)
    }
  }

  @Test func presentTakesNullForAbsent() throws {
    try reader.withDocument(#"{"a":null,"b":0}"#) { root in
      #expect(root["a"]?.isNull == true)
      #expect(root.present("a")?.kind == nil)
      #expect(root.present("b")?.int == 0)
      #expect(root.present("c")?.kind == nil)
    }
  }

  @Test func iteratesInOrder() throws {
    try reader.withDocument(#"{"a":[1,[2,3],{"x":4}],"b":{},"c":[],"a":"z"}"#) { root in
      var keys: [String] = []
      root.forEachMember { key, _ in keys.append(String(decoding: key, as: UTF8.self)) }
      #expect(keys == ["a", "b", "c", "a"])
      var kinds: [JSONKind] = []
      root.forEachMember { _, value in value.forEachElement { kinds.append($0.kind) } }
      #expect(kinds == [.number, .array, .object])
    }
  }

  @Test(
    arguments: [
      (#"{"a":1,"bb":2,"x":{"a":9},"a":3,"aa":4,"c":[5],"b":6}"#, ["0=1", "1=2", "0=3"]), ("{}", []),
      ("[1]", []),
      (#""bb""#, []), (#"{"\u0062b":7,"A":8,"":9}"#, ["1=7", "2=9"]),
    ] as [(String, [String])])
  func namedMembersComeInOrder(_ text: String, _ expected: [String]) throws {
    var found: [String] = []
    try reader.withDocument(text) { root in
      root.forEachMember(named: ["a", "bb", ""]) { found.append("\($0)=\($1.int ?? -1)") }
    }
    #expect(found == expected)
  }

  @Test func bodysOwnErrorsComeThrough() {
    enum Refusal: Error, JSONDecodingError, Equatable {
      case malformed, noModel
      init(malformed error: JSONError) { self = .malformed }
    }
    func model(_ text: String) throws(Refusal) -> String {
      try reader.withDocument(text) { (root) throws(Refusal) in
        guard let model = root["model"]?.string else { throw .noModel }
        return model
      }
    }
    #expect(throws: Refusal.malformed) { try model("{") }
    #expect(throws: Refusal.noModel) { try model("{}") }
    // The reader serves the next document after both.
    #expect((try? model(#"{"model":"m"}"#)) == "m")
  }

  @Test(arguments: [
    "", " ", "{", "}", "{]", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "nul", "tru", "01", "1.", "+1",
    "1e", "\"",
    "\"\u{1}\"", "\"\\x\"", "{a:1}", "{'a':1}", "\u{FEFF}{}",
  ])
  func refusesWhatIsNotJSON(_ text: String) {
    #expect(throws: JSONError.self) { try reader.withDocument(text) { _ in } }
  }

  @Test func anErrorHoldsNothingOfTheDocument() {
    let error = #expect(throws: JSONError.self) { try reader.withDocument(#"{"secret":wrong}"#) { _ in } }
    #expect(error?.message.isEmpty == false)
    #expect(error?.description.contains("secret") == false)
    #expect(error?.description.contains("wrong") == false)
  }

  @Test func refusesWhatIsTooLargeOrTooDeep() throws {
    let small = JSONReader(maximumBytes: 16, maximumDepth: 8)
    #expect(try small.withDocument("[1,2,3,4,5,6,78]") { $0.count } == 7)
    #expect(throws: JSONError(message: "The document is larger than 16 bytes")) {
      try small.withDocument("[1,2,3,4,5,6,789]") { _ in }
    }
    #expect(throws: Never.self) { try small.withDocument("[[[[]]]]") { _ in } }
    #expect(throws: JSONError.self) { try small.withDocument("[[[[[[[[[") { _ in } }
    let deep = JSONReader(maximumBytes: 1 << 20)
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try deep.withDocument(nested(200)) { _ in } }
    #expect(throws: JSONError.self) { try deep.withDocument(nested(300)) { _ in } }
  }

  @Test func givesBackTheBuffersOfALargeDocument() throws {
    let reader = JSONReader(maximumBytes: 4 << 20, keptBytes: 64 * 1024)
    #expect(try reader.withDocument("[1]") { $0.count } == 1)
    let small = reader.bufferedBytes
    #expect(small > 0 && small <= 64 * 1024)
    let large = "\"" + String(repeating: "x", count: 1 << 20) + "\""
    let during = try reader.withDocument(large) { root in
      #expect(root.withUTF8 { $0.count } == 1 << 20)
      return reader.bufferedBytes
    }
    #expect(during >= 1 << 20)
    #expect(reader.bufferedBytes <= 64 * 1024)
    #expect(try reader.withDocument("[1,2]") { $0.count } == 2)
    // After a large document that was refused, too.
    #expect(throws: JSONError.self) { try reader.withDocument("[" + large) { _ in } }
    #expect(reader.bufferedBytes <= 64 * 1024)
  }

  @Test func parsesTheSameAtEveryLength() throws {
    // The bytes after the document are another's: they must not be taken for its own.
    for length in 0..<200 {
      let text = "[\"" + String(repeating: "é", count: length) + "\"]"
      let bytes = Array(text.utf8) + Array("\"]}{".utf8)
      let count = try bytes.withUnsafeBytes { buffer in
        try reader.withDocument(UnsafeRawBufferPointer(rebasing: buffer[..<text.utf8.count])) { root in
          var count: Int?
          root.forEachElement { count = $0.withUTF8 { $0.count } }
          return count
        }
      }
      #expect(count == 2 * length)
    }
  }
}
