import Testing

@testable import JSON

@Suite struct JSONElementsTests {
  private func elements(_ array: String) -> [String] {
    Array(array.utf8).withUnsafeBytes { bytes in
      JSONElements(bytes).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test(
    arguments: [
      ("[]", []), ("[ \n]", []), ("[1]", ["1"]), ("[1, true ,null\t]", ["1", "true", "null"]),
      (#"[ {"a":[1,2]} , {"b":"]},"} ]"#, [#"{"a":[1,2]}"#, #"{"b":"]},"}"#]),
      (#"["a\"]",",[",[[],[]]]"#, [#""a\"]""#, #"",[""#, "[[],[]]"]),
    ] as [(String, [String])])
  func elementsStandWhereTheyAre(array: String, expected: [String]) {
    #expect(elements(array) == expected)
  }

  /// Nothing traps, and nothing is made up.
  @Test(arguments: ["", "[", "[\"", "[\"\\", "[{", "[}", "[1", "[,,", "{\"a\":1}", "x"])
  func whatIsNoArrayHasSomeOfItsBytes(array: String) {
    #expect(elements(array).reduce(0) { $0 + $1.utf8.count } <= array.utf8.count)
  }
}
