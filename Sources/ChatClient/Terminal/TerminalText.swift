/// Makes text that others wrote (a gateway, an Ollama, a model, a file, another member of the session) fit for a terminal. It
/// takes out the controls by which a text could move the cursor, set the title, type, turn the reading direction, or hide.
///
/// What shapes words and emoji stays (U+200B to U+200D, variation selectors), as does the soft hyphen.
public enum TerminalText {
  /// A text of many lines.
  ///
  /// - Parameter text: UTF-8 that ends with a whole character.
  public static func cleaned(_ text: [UInt8]) -> [UInt8] {
    if text.allSatisfy({ 0x20 <= $0 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }) { return text }
    return Array(cleaned(String(decoding: text, as: UTF8.self)) { $0 == "\t" ? $0 : "\n" }.utf8)
  }

  /// A text of many lines, cleaned, in a fainter colour (ECMA-48, 8.3.117). Each of its pieces is whole: whatever follows
  /// is not dimmed.
  static func dimmed(_ text: [UInt8]) -> [UInt8] {
    Array("\u{1B}[2m".utf8) + cleaned(text) + Array("\u{1B}[22m".utf8)
  }

  /// A text that is one line, whatever it holds.
  public static func line(_ text: String) -> String { cleaned(text) { _ in " " } }

  /// - Parameter space: what stands for a tab and for whatever ends a line.
  private static func cleaned(_ text: String, space: (Unicode.Scalar) -> Unicode.Scalar) -> String {
    var cleaned = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x85, 0x2028, 0x2029: cleaned.append(space(scalar))
      default: if !steers(scalar.value) { cleaned.append(scalar) }
      }
    }
    return String(cleaned)
  }

  /// The controls of a terminal, those of the reading direction, and invisible ones of no use in a chat.
  private static func steers(_ scalar: UInt32) -> Bool {
    switch scalar {
    // C0, DEL and C1, escape among them: ECMA-48.
    case 0x00...0x1F, 0x7F...0x9F: true
    // Marks, embeddings, overrides and isolates: UAX #9.
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    // Word joiner and invisible operators, deprecated format characters, byte order mark, annotations, tags.
    case 0x180E, 0x2060...0x2065, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
    default: false
    }
  }
}
