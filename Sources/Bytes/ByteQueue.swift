/// Bytes that go in at one end and out at the other: one piece of memory, moved together when its end is reached.
///
/// Not bounded by itself: its owner stops filling it at a water mark.
@usableFromInline
package struct ByteQueue: ~Copyable {
  @usableFromInline var buffer: GrowableBuffer
  /// Bytes at the front of the buffer that have gone out.
  @usableFromInline var start: Int

  /// A queue that has been emptied keeps no more memory than this.
  @usableFromInline static var keptCapacity: Int { 32 * 1024 }

  /// An empty one, which has no memory.
  @inlinable
  package init() {
    buffer = GrowableBuffer()
    start = 0
  }

  /// Bytes that are there.
  @inlinable
  package var count: Int { buffer.count - start }

  /// Whether there are none.
  @inlinable
  package var isEmpty: Bool { buffer.count == start }

  /// Puts a copy of the bytes at the end.
  @inlinable
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    // What is moved is no more than what has gone out.
    if start > 0, buffer.capacity - buffer.count < bytes.count, start >= buffer.capacity / 2 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(bytes)
  }

  /// Moves as many bytes into `target` as are there and fit.
  ///
  /// - Returns: how many these were.
  @inlinable
  package mutating func take(into target: UnsafeMutableRawBufferPointer) -> Int {
    let length = min(target.count, count)
    guard length > 0 else { return 0 }
    withBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    removeFirst(length)
    return length
  }

  /// Calls `body` with all that is there.
  @inlinable
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(rebasing: buffer.bytes[start...]))
  }

  /// Drops the first `length` bytes, of which there are as many.
  @inlinable
  package mutating func removeFirst(_ length: Int) {
    precondition(0...count ~= length, "there are fewer bytes")
    start += length
    if isEmpty { removeAll() }
  }

  /// Drops all bytes.
  @inlinable
  package mutating func removeAll() {
    start = 0
    buffer.removeAll(keeping: ByteQueue.keptCapacity)
  }
}
