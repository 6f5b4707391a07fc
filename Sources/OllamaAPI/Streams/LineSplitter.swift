internal import Bytes
import Glibc

/// Cuts a stream of bytes into lines (NDJSON), whatever pieces they come in.
///
/// ```swift
/// var rest = piece
/// while let line = try splitter.next(&rest) { … }
/// ```
///
/// A line that lies whole in its piece is not copied. Lines end in LF or CR LF; blank ones are skipped.
public final class LineSplitter {
  /// A line grew over the splitter's bound. The stream is of no further use: every later call says so again.
  public struct LineTooLongError: Error, Equatable, Sendable {
    /// In bytes.
    public let maximum: Int
  }

  /// The longest line in bytes, without its end.
  public let maximumLineBytes: Int

  /// A pending line's buffer over this many bytes is given back once the line is over.
  private static let keptBytes = 64 * 1024

  private var pending = GrowableBuffer()
  /// The caller has the pending line, which ends with the next call.
  private var isPendingLent = false
  private var hasFailed = false

  /// - Parameter maximumLineBytes: 1 or more.
  public init(maximumLineBytes: Int = 4 << 20) {
    precondition(maximumLineBytes > 0, "lines must have room")
    self.maximumLineBytes = maximumLineBytes
  }

  /// The next complete line without its end, taken off the front of `rest`; `nil` when `rest` is used up, and the
  /// beginning of a line was kept for the next piece.
  ///
  /// The line is valid until the next call, and as long as the piece is.
  public func next(_ rest: inout UnsafeRawBufferPointer) throws(LineTooLongError) -> UnsafeRawBufferPointer? {
    releaseLentLine()
    guard !hasFailed else { throw LineTooLongError(maximum: maximumLineBytes) }
    while let start = rest.baseAddress, rest.count > 0 {
      guard let newline = memchr(start, 0x0A, rest.count) else {
        try keep(rest)
        rest = UnsafeRawBufferPointer(start: nil, count: 0)
        return nil
      }
      let length = UnsafeRawPointer(newline) - start
      let piece = UnsafeRawBufferPointer(start: start, count: length)
      rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
      let line = try complete(piece)
      if !line.isEmpty { return line }
      releaseLentLine()
    }
    return nil
  }

  /// What is left when the stream is over: the beginning of a line that was cut off, or a last line without its
  /// end; `nil` when the stream ended with a line's end. Valid until the splitter is used again or freed.
  public func finish() -> UnsafeRawBufferPointer? {
    releaseLentLine()
    guard !pending.isEmpty, !hasFailed else { return nil }
    isPendingLent = true
    let line = Self.withoutCarriageReturn(pending.bytes)
    return line.isEmpty ? nil : line
  }

  /// A line whose end was found: where it lies, or joined to what came before.
  private func complete(_ piece: UnsafeRawBufferPointer) throws(LineTooLongError) -> UnsafeRawBufferPointer {
    var line = piece
    if !pending.isEmpty {
      try keep(piece)
      isPendingLent = true
      line = pending.bytes
    }
    line = Self.withoutCarriageReturn(line)
    if line.count > maximumLineBytes { throw fail() }
    return line
  }

  private func keep(_ piece: UnsafeRawBufferPointer) throws(LineTooLongError) {
    // One more than the line may have: its carriage return.
    let bound = maximumLineBytes + 1
    guard piece.count <= bound - pending.count else { throw fail() }
    pending.append(piece, bound: bound)
  }

  private func releaseLentLine() {
    guard isPendingLent else { return }
    isPendingLent = false
    pending.removeAll(keeping: Self.keptBytes)
  }

  private func fail() -> LineTooLongError {
    hasFailed = true
    isPendingLent = false
    pending.removeAll()
    return LineTooLongError(maximum: maximumLineBytes)
  }

  private static func withoutCarriageReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
  }
}
