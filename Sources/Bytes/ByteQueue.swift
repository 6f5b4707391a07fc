/// Bytes that go in at one end and out at the other: one piece of memory, moved together when its end is reached.
///
/// Not bounded by itself: its owner stops filling it at a water mark.
package struct ByteQueue: ~Copyable {
  @usableFromInline var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  @usableFromInline var start = 0
  @usableFromInline var end = 0

  /// A queue that has been emptied keeps no more memory than this.
  @usableFromInline static var keptCapacity: Int { 32 * 1024 }

  /// An empty one, which has no memory.
  @inlinable
  package init() {}

  @inlinable
  deinit { storage.deallocate() }

  /// Bytes that are there.
  @inlinable
  package var count: Int { end - start }
  @inlinable
  package var isEmpty: Bool { end == start }

  /// Puts a copy of the bytes at the end.
  @inlinable
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    makeRoom(for: bytes.count)
    storage.baseAddress!.advanced(by: end).copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  /// Moves as many bytes into `buffer` as are there and fit.
  ///
  /// - Returns: how many these were.
  @inlinable
  package mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let length = min(buffer.count, count)
    guard length > 0 else { return 0 }
    buffer.baseAddress!.copyMemory(from: storage.baseAddress!.advanced(by: start), byteCount: length)
    start += length
    if isEmpty { reset() }
    return length
  }

  /// Calls `body` with all that is there.
  @inlinable
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(rebasing: storage[start..<end]))
  }

  /// Drops the first `length` bytes.
  @inlinable
  package mutating func removeFirst(_ length: Int) {
    precondition(length <= count, "there are fewer bytes")
    start += length
    if isEmpty { reset() }
  }

  /// Drops all bytes.
  @inlinable
  package mutating func removeAll() {
    start = end
    reset()
  }

  @usableFromInline
  mutating func reset() {
    start = 0
    end = 0
    guard storage.count > ByteQueue.keptCapacity else { return }
    storage.deallocate()
    storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  @usableFromInline
  mutating func makeRoom(for length: Int) {
    guard storage.count - end < length else { return }
    let needed = count + length
    guard needed > storage.count || start < storage.count / 2 else {
      storage.baseAddress!.copyMemory(from: storage.baseAddress!.advanced(by: start), byteCount: count)
      end -= start
      start = 0
      return
    }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(needed, storage.count * 2, 512), alignment: 1)
    if count > 0 {
      larger.baseAddress!.copyMemory(from: storage.baseAddress!.advanced(by: start), byteCount: count)
    }
    storage.deallocate()
    storage = larger
    end -= start
    start = 0
  }
}
