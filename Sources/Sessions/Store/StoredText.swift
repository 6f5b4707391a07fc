/// Texts as stores take them: without U+0000, which PostgreSQL has none of. U+FFFD stands in its place.
enum StoredText {
  static func text(of text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    return String(decoding: bytes(of: Array(text.utf8)[...]), as: UTF8.self)
  }

  static func bytes(of text: ArraySlice<UInt8>) -> [UInt8] {
    guard text.contains(0) else { return Array(text) }
    return text.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
  }
}
