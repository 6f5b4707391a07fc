import Testing

@testable import Configuration

@Suite struct YAMLTests {
  /// What a node is, with the lines, in a form to compare.
  private func outline(_ node: YAMLNode) -> String {
    let content =
      switch node.content {
      case .scalar(let scalar): scalar.isPlain ? scalar.text : "'\(scalar.text)'"
      case .list(let items): "[\(items.map(outline).joined(separator: ", "))]"
      case .mapping(let pairs):
        "{\(pairs.map { "\(outline($0.key)): \(outline($0.value))" }.joined(separator: ", "))}"
      }
    return "\(node.line)|\(content)"
  }

  private func outline(_ text: String) throws -> String? {
    try YAMLComposer.root(of: text).map(outline)
  }

  @Test(arguments: [
    ("", nil),
    ("# nothing", nil),
    ("---\n", "2|"),
    ("{}", "1|{}"),
    ("a: 1\nb: [x, 'y']\n", #"1|{1|a: 1|1, 2|b: 2|[2|x, 2|'y']}"#),
    ("a:\n- x\n- - y\n", "1|{1|a: 2|[2|x, 3|[3|y]]}"),
    ("a: |\n  x\n  y\n", "1|{1|a: 1|'x\ny\n'}"),
    ("a: >-\n  x\n  y\n", "1|{1|a: 1|'x y'}"),
    ("a: x\n  y\n", "1|{1|a: 1|x y}"),
    (#"a: "\u00e4\n\0\t""#, "1|{1|a: 1|'ä\n\0\t'}"),
    ("? [a]\n: {b: c}", "1|{1|[1|a]: 2|{2|b: 2|c}}"),
    ("\u{FEFF}a: 1", "1|{1|a: 1|1}"),
    ("a: 1\r\nb: 2\r\n", "1|{1|a: 1|1, 2|b: 2|2}"),
    ("%YAML 1.1\n---\na: !!str 1\n...\n", "3|{3|a: 3|1}"),
    // All of them are text: what they mean is the setting's business.
    (
      "[yes, 0x10, 010, 1e3, 1:30, 2026-01-31, .inf]",
      "1|[1|yes, 1|0x10, 1|010, 1|1e3, 1|1:30, 1|2026-01-31, 1|.inf]"
    ),
  ])
  func composesATree(_ text: String, _ tree: String?) throws { #expect(try outline(text) == tree) }

  @Test(arguments: ["", "~", "null", "Null", "NULL"])
  func nullIsWhatHasNoQuotes(_ text: String) {
    #expect(YAMLScalar(text: text, isPlain: true).isNull)
    #expect(!YAMLScalar(text: text, isPlain: false).isNull)
  }

  /// YAML knows more ends of a line than an editor.
  @Test(arguments: ["\r", "\u{85}", "\u{2028}", "\u{2029}"])
  func depthIsBoundedAndReferencesAreRefused(_ end: String) throws {
    let levels = (0..<1000).map { String(repeating: " ", count: $0) + "a:" }
    #expect(throws: YAMLError.tooDeep(line: YAMLComposer.deepest)) {
      try outline(levels.joined(separator: end))
    }
    #expect(throws: YAMLError.reference(line: 2)) { try outline("a: 1\(end)b: &x 1") }
    #expect(throws: YAMLError.reference(line: 2)) { try outline("a: 1\(end)b: *x") }
    #expect(throws: YAMLError.reference(line: 2)) { try outline("a: 1\(end)? &x [b]") }
    #expect(throws: YAMLError.reference(line: 2)) { try outline("a: 1\(end)b: &x {c: d}") }
  }

  @Test func asDeepAsItMayBe() throws {
    let depth = YAMLComposer.deepest - 1
    let text = String(repeating: "[", count: depth) + "x" + String(repeating: "]", count: depth)
    #expect(
      try outline(text) == String(repeating: "1|[", count: depth) + "1|x"
        + String(repeating: "]", count: depth))
  }

  /// Lists and mappings are open then, in the composer and in libyaml.
  @Test func aTextThatBreaksOffAnywhereIsAProblemOrATree() {
    let text = "a: 1\nb: [x, 'y', \"z\\n\"]\nc:\n  - !!str |\n    x\n  - {d: e}\n? f\n: >-\n  g\n...\n"
    for count in 0...text.unicodeScalars.count {
      do {
        _ = try YAMLComposer.root(of: String(text.unicodeScalars.prefix(count)))
      } catch {
        #expect(error.text.hasPrefix("not YAML: ") && error.line != nil, "\(count): \(error)")
      }
    }
  }
}
