/// Cuts what is typed into lines. A line is bounded: what is longer is thrown away up to its end.
struct InputLines {
  enum Line: Sendable, Equatable {
    case text(String)
    case tooLong
  }

  /// In bytes, a line's end not counted.
  static let longest = 1 << 20

  private var line: [UInt8] = []
  private var isTooLong = false

  /// Takes further bytes, and calls `body` for each line that ends in them.
  mutating func take(_ bytes: UnsafeRawBufferPointer, _ body: (Line) -> Void) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        body(takeLine())
      } else if line.count < Self.longest {
        line.append(byte)
      } else {
        isTooLong = true
      }
    }
  }

  /// The last line, if it has no end.
  mutating func finish() -> Line? { line.isEmpty ? nil : takeLine() }

  private mutating func takeLine() -> Line {
    defer {
      line.removeAll(keepingCapacity: line.capacity <= 64 * 1024)
      isTooLong = false
    }
    if isTooLong { return .tooLong }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return .text(String(decoding: line, as: UTF8.self))
  }
}
