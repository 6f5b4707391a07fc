/// A line that is typed and not shown: bytes of a terminal in, the line out. Backspace takes a character back, Ctrl-U all of them.
struct HiddenLine {
  /// What has come of a byte.
  enum Event: Equatable {
    case goesOn
    /// The line is there.
    case ended
    /// Ctrl-C, or Ctrl-D with nothing typed.
    case givenUp
    /// There is no room for it: it was not taken.
    case full
  }

  /// Bytes of a line.
  static let limit = 1024

  private(set) var bytes: [UInt8] = []

  mutating func take(_ byte: UInt8) -> Event {
    switch byte {
    case 0x0A, 0x0D: return .ended
    case 0x03: return .givenUp
    case 0x04: return bytes.isEmpty ? .givenUp : .ended
    case 0x08, 0x7F:
      // The bytes behind the first of a character, and then that.
      while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    case 0x15: bytes.removeAll()
    default:
      guard bytes.count < HiddenLine.limit else { return .full }
      bytes.append(byte)
    }
    return .goesOn
  }
}
