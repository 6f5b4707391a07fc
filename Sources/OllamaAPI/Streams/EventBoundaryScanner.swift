import Glibc
import JSON

/// Finds where events end in a stream that comes in pieces, so that a stream can be stopped, or something put into
/// it, between two events and never inside one.
///
/// NDJSON: after each LF. SSE: after each blank line, where a line ends in LF, CR LF or CR. Keeps two flags and none
/// of the bytes.
struct EventBoundaryScanner: Sendable {
  let framing: StreamFraming

  /// The bytes so far end in a line's end; so does the empty stream.
  private var isAtLineStart = true
  /// The last byte was a CR, so that an LF now would belong to the same line's end.
  private var isAfterCarriageReturn = false

  /// Whether the stream so far ends with the end of an event. An empty stream does.
  private(set) var isAtBoundary = true

  init(framing: StreamFraming) {
    self.framing = framing
  }

  /// The end of the first event that ends in `piece` after `start`: an offset above `start`, or `nil` when the piece
  /// holds no more. A piece is given again with the last end until there is none.
  mutating func nextBoundary(in piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
    switch framing {
    case .ndjson: nextLineEnd(in: piece, from: start)
    case .sse: nextBlankLine(in: piece, from: start)
    }
  }

  private mutating func nextLineEnd(in piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < piece.count, let base = piece.baseAddress else { return nil }
    guard let newline = memchr(base + start, 0x0A, piece.count - start) else {
      isAtBoundary = false
      return nil
    }
    isAtBoundary = true
    return UnsafeRawPointer(newline) - base + 1
  }

  private mutating func nextBlankLine(in piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var index = start
    while index < piece.count {
      let byte = piece[index]
      index += 1
      if byte == 0x0A && isAfterCarriageReturn {
        // The second half of CR LF: after a blank line's CR the boundary moves behind it.
        isAfterCarriageReturn = false
        if isAtBoundary { return index }
      } else if byte == 0x0A || byte == 0x0D {
        let isBlank = isAtLineStart
        isAtLineStart = true
        isAfterCarriageReturn = byte == 0x0D
        isAtBoundary = isBlank
        if isBlank { return endOfBlankLine(in: piece, at: index) }
      } else {
        isAtLineStart = false
        isAfterCarriageReturn = false
        isAtBoundary = false
        index = piece.firstLineEnd(from: index)
      }
    }
    return nil
  }

  /// Takes the LF of a blank line's CR LF along, if the piece has it.
  private mutating func endOfBlankLine(in piece: UnsafeRawBufferPointer, at index: Int) -> Int {
    guard isAfterCarriageReturn, index < piece.count, piece[index] == 0x0A else { return index }
    isAfterCarriageReturn = false
    return index + 1
  }
}

extension UnsafeRawBufferPointer {
  /// The first LF or CR at or after `start`, or `count`.
  func firstLineEnd(from start: Int) -> Int {
    var index = start
    while index + 8 <= count {
      let word = ByteWord(self, at: index)
      let marks = word.marks(of: 0x0A) | word.marks(of: 0x0D)
      if marks != 0 { return index + ByteWord.firstIndex(of: marks) }
      index += 8
    }
    while index < count, self[index] != 0x0A, self[index] != 0x0D { index += 1 }
    return index
  }
}
