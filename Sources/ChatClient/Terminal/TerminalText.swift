/// What a model says, made fit for a terminal: without the control characters by which a text could move the cursor,
/// set the title or type.
enum TerminalText {
  /// - Parameter text: UTF-8 that ends with a whole character.
  static func cleaned(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return text }
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.filter { scalar in
      scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
    }
    var cleaned = String.UnicodeScalarView()
    cleaned.append(contentsOf: scalars)
    return Array(String(cleaned).utf8)
  }
}
