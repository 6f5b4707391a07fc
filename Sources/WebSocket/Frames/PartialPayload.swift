/// The part of a payload that has come so far. It holds memory only while there is something in it, and grows with
/// what has come, never with what was announced.
struct PartialPayload: ~Copyable {
  private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var count = 0

  private static let smallestCapacity = 128

  deinit { storage.deallocate() }

  /// How much memory it holds, in bytes.
  var capacity: Int { storage.count }

  /// What has come; it stands until the next change.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

  /// - Parameter bound: the most that will ever be in it; the memory does not grow over it.
  mutating func append(_ piece: UnsafeRawBufferPointer, bound: Int) {
    guard let source = piece.baseAddress, piece.count > 0 else { return }
    precondition(count + piece.count <= bound, "the payload is over its bound")
    if storage.count - count < piece.count { grow(to: count + piece.count, bound: bound) }
    storage.baseAddress!.advanced(by: count).copyMemory(from: source, byteCount: piece.count)
    count += piece.count
  }

  /// Forgets everything and gives the memory back.
  mutating func free() {
    guard storage.count > 0 else { return }
    storage.deallocate()
    storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    count = 0
  }

  private mutating func grow(to needed: Int, bound: Int) {
    let capacity = min(max(needed, storage.count * 2, Self.smallestCapacity), bound)
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    larger.copyMemory(from: bytes)
    storage.deallocate()
    storage = larger
  }
}
