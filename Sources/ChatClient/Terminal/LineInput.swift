internal import Dispatch
internal import System

/// Reads lines on a thread of its own: epoll takes neither a regular file nor, without changing it for all who share
/// it, a blocking terminal.
///
/// It reads ahead by a few lines only: each that is done with makes room for another (``lineTaken()``).
final class LineInput: Sendable {
  /// Lines that may wait.
  static let readAhead = 64

  private let descriptor: Int32
  private let room = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "chat-input")

  /// - Parameter descriptor: stays its owner's.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    // Not its first value: a semaphore that goes away lower than it began traps.
    for _ in 0..<Self.readAhead { room.signal() }
  }

  /// A line was done with.
  func lineTaken() { room.signal() }

  /// Begins to read.
  ///
  /// - Parameter deliver: called on the thread for each line; nil is the end.
  func start(_ deliver: @escaping @Sendable (InputLines.Line?) -> Void) {
    queue.async { [self] in
      var lines = InputLines()
      var bytes = [UInt8](repeating: 0, count: 16 * 1024)
      // An error ends the input as its end does.
      while let count = try? bytes.withUnsafeMutableBytes({ try BlockingIO.read(descriptor, into: $0) }),
        count > 0
      {
        bytes.withUnsafeBytes { bytes in
          lines.take(UnsafeRawBufferPointer(rebasing: bytes[..<count])) { line in
            room.wait()
            deliver(line)
          }
        }
      }
      if let line = lines.finish() { deliver(line) }
      deliver(nil)
    }
  }
}
