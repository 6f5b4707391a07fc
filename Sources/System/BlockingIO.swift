internal import Glibc

/// Reads and writes of files, pipes and terminals that wait until they are done: for threads that are no loop's. A descriptor
/// may be non-blocking all the same, as those are shared with others who make it so.
package enum BlockingIO {
  /// Reads what there is, as soon as there is something.
  ///
  /// - Returns: how many bytes; 0 at the end.
  package static func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemCallError) -> Int {
    while true {
      if let count = try systemCall("read", { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }) {
        return count
      }
      _ = wait(for: POLLIN, on: descriptor, milliseconds: -1)
    }
  }

  /// Bytes for which there is room at first.
  private static let firstPiece = 16 << 10

  /// Reads a file, or what comes from a pipe, to its end.
  ///
  /// - Parameter limit: bytes that are read at most: of a file that has more, so many are returned.
  package static func readAll(_ descriptor: Int32, limit: Int) throws(SystemCallError) -> [UInt8] {
    var bytes: [UInt8] = []
    var count = 0
    while count < limit {
      // Most of what is read is far smaller than its limit.
      if count == bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: min(limit - count, max(firstPiece, count))))
      }
      let got = try bytes.withUnsafeMutableBytes { buffer in
        Result { () throws(SystemCallError) in
          try read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        }
      }.get()
      if got == 0 { break }
      count += got
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Writes all bytes.
  ///
  /// - Parameter isGivingUp: asked ten times a second while a descriptor that is non-blocking takes nothing.
  /// - Returns: false when the descriptor is dead (`EPIPE`, `EBADF`, `ENOSPC`, …) or was given up.
  @discardableResult
  package static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, isGivingUp: () -> Bool = { false }
  ) -> Bool {
    (try? put(bytes, descriptor, isGivingUp)) ?? false
  }

  /// Writes all bytes, or says why that cannot be.
  package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemCallError) {
    let outcome = bytes.withUnsafeBytes { bytes in
      Result { () throws(SystemCallError) in try put(bytes, descriptor) { false } }
    }
    _ = try outcome.get()
  }

  /// - Returns: false when it was given up.
  private static func put(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ isGivingUp: () -> Bool
  ) throws(SystemCallError) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      if let sent = try systemCall("write", { Glibc.write(descriptor, rest.baseAddress, rest.count) }) {
        rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
      } else if !wait(for: POLLOUT, on: descriptor, milliseconds: 100), isGivingUp() {
        return false
      }
    }
    return true
  }

  /// Whether the descriptor became ready in time; a negative time has no end.
  private static func wait(for event: Int32, on descriptor: Int32, milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
  }
}
