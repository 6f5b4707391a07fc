internal import JSON

/// A JSON document that is written in pieces, as whoever reads it takes them: a history of some megabytes costs a reader
/// who stands still no more than a piece. Lives on one loop.
struct PiecewiseJSON {
  /// What comes next of the document.
  enum Step {
    /// Something was written, and there is more.
    case more
    /// The content of a string, which is not copied but escaped in pieces; the quotes are the caller's.
    case text(String)
    case end
  }

  /// A piece is at least this many bytes, unless it is the last.
  private static let pieceBytes = 16 * 1024
  /// Bytes of a text that are escaped at a time: escaped, each may be six.
  private static let textBytes = 16 * 1024
  /// Texts of more bytes are worth a step of their own.
  static let longText = 16 * 1024

  private let next: (inout JSONWriter) -> Step
  private var text: (source: String, written: Int)?
  private var hasEnded = false

  /// - Parameter next: writes on, and says what comes then.
  init(_ next: @escaping (inout JSONWriter) -> Step) { self.next = next }

  /// Writes the next piece.
  ///
  /// - Returns: whether there is more.
  mutating func write(into writer: inout JSONWriter) -> Bool {
    let start = writer.bytes.count
    while !hasEnded && writer.bytes.count - start < PiecewiseJSON.pieceBytes {
      if writeText(into: &writer) { continue }
      switch next(&writer) {
      case .more: break
      case .text(let source): text = (source, 0)
      case .end: hasEnded = true
      }
    }
    return !hasEnded
  }

  /// - Returns: whether there was any.
  private mutating func writeText(into writer: inout JSONWriter) -> Bool {
    guard let (source, start) = text else { return false }
    let count = PiecewiseJSON.write(source, from: start, into: &writer)
    text = count > 0 ? (source, start + count) : nil
    return true
  }

  /// - Returns: how many bytes of the text were written; 0 at the end.
  private static func write(_ text: String, from start: Int, into writer: inout JSONWriter) -> Int {
    var text = text
    return text.withUTF8 { bytes in
      let rest = UnsafeRawBufferPointer(bytes).dropFirst(start)
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(textBytes)).wholeCharacters
      writer.framing(escaped: part)
      return part.count
    }
  }
}
