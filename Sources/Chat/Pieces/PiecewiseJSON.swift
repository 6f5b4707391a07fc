internal import Handling
internal import JSON
internal import Sessions

/// A JSON document that is written in pieces, as whoever reads it takes them: a history of some megabytes costs a reader
/// who stands still no more than a piece. Lives on one loop.
struct PiecewiseJSON {
  /// What comes next of the document.
  enum Step {
    /// Something was written, and there is more.
    case more
    /// The content of a string, which is not copied but escaped in pieces; the quotes are the caller's.
    case text(Text)
    case end
  }

  /// A long text.
  enum Text {
    case string(String)
    /// The texts of one kind of a generation that has ended, one after the other.
    case log(EventLog, TextKind)
  }

  /// A piece is at least this many bytes, unless it is the last.
  private static let pieceBytes = 16 * 1024
  /// Bytes of a text that are escaped at a time: escaped, each may be six.
  private static let textBytes = 16 * 1024
  /// Texts of more bytes are worth a step of their own.
  static let longText = 16 * 1024

  private let next: (inout JSONWriter) -> Step
  private var text: (source: Text, written: Int)?
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
    let count = source.write(from: start, atMost: PiecewiseJSON.textBytes, into: &writer)
    text = count > 0 ? (source, start + count) : nil
    return true
  }
}

extension PiecewiseJSON.Text {
  /// - Returns: how many bytes of the text were written; 0 at the end.
  fileprivate func write(from start: Int, atMost limit: Int, into writer: inout JSONWriter) -> Int {
    switch self {
    case .string(var text):
      text.withUTF8 { bytes in
        let rest = UnsafeRawBufferPointer(bytes).dropFirst(start)
        let part = UnsafeRawBufferPointer(rebasing: rest.prefix(limit)).wholeCharacters
        writer.framing(escaped: part)
        return part.count
      }
    case .log(let log, let kind):
      log.withText(of: kind, from: start, atMost: limit) { text in
        let part = text.wholeCharacters
        writer.framing(escaped: part)
        return part.count
      }
    }
  }
}
