/// What the hot pieces have to do with: a token as Ollama sends it, and texts.
enum Samples {
  static let line = Array(
    #"{"model":"tinyllama:latest","created_at":"2024-01-01T00:00:00.000000000Z","message":{"role":"assistant","content":" fox"},"done":false}"#
      .utf8)
  static let token = Array(" fox".utf8)
  /// A kilobyte without anything to escape, and one with something in each line.
  static let prose = Array(String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 23).utf8)
  static let code = Array(String(repeating: "print(\"quick\\tbrown\")\n", count: 46).utf8)

  /// That many lines of Ollama's, one after the other.
  static func lines(_ count: Int) -> [UInt8] {
    Array([[UInt8]](repeating: line + [UInt8(ascii: "\n")], count: count).joined())
  }
}

/// What one call does so often.
let repetitions = 1000
