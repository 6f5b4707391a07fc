import JSON
import Testing

@Suite struct JSONMemberScannerTests {
  /// - Parameter slice: bytes that are read at once.
  func members(
    of bytes: [UInt8], slice: Int = .max, watchingElements: Bool = false
  ) throws(JSONError) -> [(key: String, value: String)] {
    let outcome = bytes.withUnsafeBytes { document in
      Result { () throws(JSONError) in
        var scanner = JSONMemberScanner(watchingElements: watchingElements)
        var members: [(String, String)] = []
        var limit = slice
        while true {
          switch try scanner.next(in: document, upTo: limit) {
          case .member(let member):
            members.append(
              (String(decoding: member.key, as: UTF8.self), String(decoding: member.value, as: UTF8.self)))
          case .element(let member, let parent):
            let names = [parent, member.key].map { String(decoding: $0, as: UTF8.self) }
            members.append((names.joined(separator: "."), String(decoding: member.value, as: UTF8.self)))
          case .pause: limit += slice
          case .end: return members
          }
        }
      }
    }
    return try outcome.get()
  }

  static let valid = [
    "{}", " { } ", #"{"a":1}"#, #"{"a":{"b":[{}, [ ],{"c":[1 , 2]}]},"d":""}"#,
    #"{"a":-0.5e+10,"b":0,"c":1E5}"#,
    "\t{\n\"a\" :\rtrue , \"b\":false,\"c\":null}\n", #"{"k\"\\\/\b\f\n\r\t\u00e9":"\ud83d\ude00"}"#,
    #"{"a":[[[[[]]]],{"x":{"y":{}}}],"a":2}"#, #"{"é":"日本語テキストが十六バイトを超える"}"#,
  ]

  @Test func findsTheMembersWhereTheyStand() throws {
    let found = try members(of: Array(#" {"a" : {"model":"x"}, "b\n":[1, 2] ,"c":"q\"}" ,"a":null} "#.utf8))
    #expect(found.map(\.key) == ["a", #"b\n"#, "c", "a"])
    #expect(found.map(\.value) == [#"{"model":"x"}"#, "[1, 2]", #""q\"}""#, "null"])
  }

  @Test(arguments: [1, 3, .max])
  func findsTheStringsOfElements(slice: Int) throws {
    let document =
      #"{"a":[{"b":"1","c":2,"d":["e"],"f":{"g":"h"},"i":"\"j"},"k",["l"],{},{"m":""}],"n":{"o":[{"p":"q"}]},"#
      + #""r":[[{"s":"t"}],{"u":"v"}],"w":"x"}"#
    let found = try members(of: Array(document.utf8), slice: slice, watchingElements: true)
    #expect(found.map(\.key) == ["a.b", "a.i", "a.m", "a", "n", "r.u", "r", "w"])
    #expect(found.prefix(3).map(\.value) == [#""1""#, #""\"j""#, #""""#])
    #expect(try members(of: Array(document.utf8)).map(\.key) == ["a", "n", "r", "w"])
  }

  @Test(arguments: valid)
  func agreesWithTheReaderOnValidDocuments(_ text: String) throws {
    let reader = JSONReader(maximumBytes: 1 << 16)
    var keys: [String] = []
    var values: [[UInt8]] = []
    try reader.withDocument(text) { root in
      root.forEachMember { key, value in
        keys.append(String(decoding: key, as: UTF8.self))
        var writer = JSONWriter()
        writer.value(value)
        values.append(writer.bytes)
      }
    }
    let found = try members(of: Array(text.utf8))
    let decoded = found.map { Array($0.key.utf8).withUnsafeBytes { JSONString.unescaped($0) } }
    #expect(decoded.map { String(decoding: $0, as: UTF8.self) } == keys)
    for (member, value) in zip(found, values) {
      var writer = JSONWriter()
      try reader.withDocument(member.value) { writer.value($0) }
      #expect(writer.bytes == value)
    }
  }

  @Test(arguments: valid)
  func readsInSlicesWhatItReadsAtOnce(_ text: String) throws {
    let bytes = Array(text.utf8)
    let whole = try members(of: bytes)
    for slice in 1...bytes.count {
      let found = try members(of: bytes, slice: slice)
      #expect(found.map(\.key) == whole.map(\.key) && found.map(\.value) == whole.map(\.value))
    }
  }

  /// What costs time is counted: a slice ends where it was told to, whatever stands there, but for the longest number.
  @Test(arguments: [
    (#"{"a":1}"#, #""\u0061\n\"":[{},0]"#), (#"{"#, " \t\r\n"), (#"{"a":""#, "text"),
    (#"{"a":""#, #"\u0061\n"#),
    (#"{""#, #"\\\""#), (#"{"a":"#, "["), (#"{"a":[0"#, ",0"), (#"{"a":[0"#, ",true,[],{}"),
    (#"{"a":[0"#, #","é""#),
    (#"{"a":0"#, #","":0"#), (#"{"a":0"#, #","mode\u006c":0"#), (#"{"a":"#, "9"),
  ])
  func eachSliceIsBounded(_ start: String, _ repeated: String) {
    let count = 300_000 / repeated.utf8.count
    let document = Array(start.utf8) + [UInt8](repeatElement(Array(repeated.utf8), count: count).joined())
    document.withUnsafeBytes { document in
      var scanner = JSONMemberScanner()
      var limit = 0
      var isPaused = true
      while isPaused {
        let before = scanner.position
        limit = before + 1000
        // It is cut off: the end is an error.
        let step = try? scanner.next(in: document, upTo: limit)
        if case .pause = step {
          isPaused = true
        } else if case .member = step {
          isPaused = true
        } else {
          isPaused = false
        }
        #expect(scanner.position <= limit + (repeated == "9" ? JSONMemberScanner.maximumNumberBytes : 6))
        if isPaused { #expect(scanner.position > before) }
      }
    }
  }

  @Test("Numbers have a bounded length") func boundsNumbers() throws {
    func document(_ digits: Int) -> [UInt8] {
      Array(#"{"a":"#.utf8) + [UInt8](repeating: UInt8(ascii: "9"), count: digits) + Array("}".utf8)
    }
    #expect(try members(of: document(JSONMemberScanner.maximumNumberBytes - 1)).count == 1)
    #expect(throws: JSONError.self) { try members(of: document(JSONMemberScanner.maximumNumberBytes)) }
  }

  @Test(arguments: valid)
  func refusesEveryBeginningOfADocument(_ text: String) {
    let trimmed = Array(text.utf8.reversed().drop { $0 != UInt8(ascii: "}") }.reversed())
    for length in 0..<trimmed.count {
      #expect(throws: JSONError.self) { try members(of: Array(trimmed[..<length])) }
    }
  }

  @Test(arguments: valid)
  func agreesWithTheReaderOnEveryMutation(_ text: String) {
    // Whatever one byte is changed to: never laxer than the grammar, and no stricter.
    let reader = JSONReader(maximumBytes: 1 << 16)
    let bytes = Array(text.utf8)
    for index in bytes.indices {
      for replacement in Array("{}[]\",:\\0-.eEtun \u{1}x".utf8) {
        var mutated = bytes
        mutated[index] = replacement
        // Bytes that are no text inside a string are for whoever decodes it.
        let isObject = mutated.withUnsafeBytes {
          (try? reader.withDocument($0) { $0.kind == .object }) ?? false
        }
        let isAccepted = (try? members(of: mutated)) != nil
        #expect(isAccepted == isObject, "\(String(decoding: mutated, as: UTF8.self))")
        let isAcceptedInSlices = (try? members(of: mutated, slice: 3)) != nil
        #expect(isAcceptedInSlices == isObject, "\(String(decoding: mutated, as: UTF8.self))")
      }
    }
  }

  @Test(arguments: ["{}{}", "{} x", "{}]", "{}\u{0}", " {} \n{\"b\":1}", "{}\u{FEFF}"])
  func theFirstObjectIsTheDocument(_ text: String) throws {
    for slice in [1, .max] {
      #expect(try members(of: Array(text.utf8), slice: slice).isEmpty)
      let withMember = text.replacing("{}", with: #"{"a":1}"#)
      #expect(try members(of: Array(withMember.utf8), slice: slice).map(\.key) == ["a"])
    }
  }

  @Test(arguments: ["[]", "1", "\"a\"", "null", "", "  ", "[]{}", "x{}", "\u{FEFF}{}"])
  func refusesWhatIsNotAnObject(_ text: String) {
    #expect(throws: JSONError.self) { try members(of: Array(text.utf8)) }
  }

  @Test func boundsTheDepth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      var bytes = Array(#"{"a":"#.utf8)
      for level in 0..<depth { bytes += Array((level % 3 == 0 ? #"{"x":"# : "[").utf8) }
      bytes += Array("1".utf8)
      for level in (0..<depth).reversed() { bytes += Array((level % 3 == 0 ? "}" : "]").utf8) }
      return bytes + Array("}".utf8)
    }
    #expect(try members(of: nested(JSONMemberScanner.maximumDepth)).count == 1)
    #expect(throws: JSONError.self) { try members(of: nested(JSONMemberScanner.maximumDepth + 1)) }
    #expect(throws: JSONError.self) { try members(of: [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) }
  }

  @Test(
    "Escapes in names become their characters",
    arguments: [
      (#"plain"#, "plain"), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
      (#"\u0041\u00e9\u212A"#, "Aé\u{212A}"),
      (#"\ud83d\ude00!"#, "😀!"), (#"\ud83dx"#, "\u{FFFD}x"), (#"\ude00"#, "\u{FFFD}"),
      (#"\ud83d"#, "\u{FFFD}"),
      (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"), (#"\ud83d\n"#, "\u{FFFD}\n"), (#"\u0000"#, "\u{0}"),
    ])
  func unescapes(_ raw: String, _ expected: String) {
    let bytes = Array(raw.utf8).withUnsafeBytes { JSONString.unescaped($0) }
    #expect(bytes == Array(expected.utf8))
  }

  @Test(arguments: BadText.all)
  func eachByteOfNoCharacterIsReplaced(_ text: BadText) {
    #expect(text.bytes.withUnsafeBytes { JSONString.unescaped($0) } == Array(text.expected.utf8))
  }
}
