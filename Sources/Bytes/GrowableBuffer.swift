/// Bytes in one piece of memory that grows: at least to twice of what it was, and never over a bound.
///
/// It has memory from the first bytes on, and until it is told to give it back. Inlined, as each piece of a body and each token
/// goes through one.
@usableFromInline
package struct GrowableBuffer: ~Copyable {
  @usableFromInline var storage: UnsafeMutableRawBufferPointer
  @usableFromInline var end: Int

  /// Bytes of its first memory, unless more are needed at once.
  @usableFromInline static var smallest: Int { 128 }

  /// An empty one, which has no memory.
  @inlinable
  package init() {
    // Here, as default values would be calls into this module.
    storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    end = 0
  }

  @inlinable
  deinit { storage.deallocate() }

  /// Bytes that are in it.
  @inlinable
  package var count: Int { end }

  /// Whether there are none.
  @inlinable
  package var isEmpty: Bool { end == 0 }

  /// How much memory it has, in bytes.
  @inlinable
  package var capacity: Int { storage.count }

  /// What is in it; it stands until the next change.
  @inlinable
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<end]) }

  /// Puts a copy of the piece at the end.
  ///
  /// - Parameter bound: bytes that will be in it at most; the memory does not grow over it.
  @inlinable
  package mutating func append(_ piece: UnsafeRawBufferPointer, bound: Int = .max) {
    guard let source = piece.baseAddress, piece.count > 0 else { return }
    if storage.count - end < piece.count { reserve(piece.count, bound: bound) }
    storage.baseAddress!.advanced(by: end).copyMemory(from: source, byteCount: piece.count)
    end += piece.count
  }

  /// Puts a text at the end.
  @inlinable
  package mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Makes room for `length` bytes more.
  ///
  /// - Parameter bound: as for ``append(_:bound:)``.
  @inlinable
  package mutating func reserve(_ length: Int, bound: Int = .max) {
    let needed = end + length
    precondition(needed <= bound, "the buffer is over its bound")
    guard needed > storage.count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(needed, storage.count * 2, GrowableBuffer.smallest), bound), alignment: 1)
    larger.copyMemory(from: bytes)
    storage.deallocate()
    storage = larger
  }

  /// Drops the first `length` bytes, of which there are as many: the rest moves to the front.
  @inlinable
  package mutating func removeFirst(_ length: Int) {
    precondition(0...end ~= length, "there are fewer bytes")
    guard length > 0, let start = storage.baseAddress else { return }
    start.copyMemory(from: start + length, byteCount: end - length)
    end -= length
  }

  /// Drops the last `length` bytes, of which there are as many.
  @inlinable
  package mutating func removeLast(_ length: Int) {
    precondition(0...end ~= length, "there are fewer bytes")
    end -= length
  }

  /// Drops what is in it. Memory of more than `kept` bytes is given back.
  @inlinable
  package mutating func removeAll(keeping kept: Int = 0) {
    end = 0
    guard storage.count > kept else { return }
    storage.deallocate()
    storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }
}
