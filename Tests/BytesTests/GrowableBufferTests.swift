import Bytes
import Testing

@Suite struct GrowableBufferTests {
  /// The macros of Swift Testing take no value that cannot be copied.
  private final class Buffer {
    private var buffer = GrowableBuffer()
    var contents: [UInt8] { Array(buffer.bytes) }
    var count: Int { buffer.count }
    var capacity: Int { buffer.capacity }

    func append(_ bytes: [UInt8], bound: Int = .max) {
      bytes.withUnsafeBytes { buffer.append($0, bound: bound) }
    }
    func reserve(_ length: Int) { buffer.reserve(length) }
    func removeFirst(_ length: Int) { buffer.removeFirst(length) }
    func removeLast(_ length: Int) { buffer.removeLast(length) }
    func removeAll(keeping kept: Int) { buffer.removeAll(keeping: kept) }
  }

  @Test func hasNoMemoryUntilThereIsSomething() {
    let buffer = Buffer()
    buffer.append([])
    buffer.removeFirst(0)
    buffer.removeAll(keeping: 0)
    #expect(buffer.capacity == 0)
    #expect(buffer.contents == [])
  }

  @Test func growsAtLeastTwofold() {
    let buffer = Buffer()
    var capacities: [Int] = []
    for byte in 0..<UInt8(200) {
      buffer.append([UInt8](repeating: byte, count: 7))
      if capacities.last != buffer.capacity { capacities.append(buffer.capacity) }
    }
    #expect(buffer.contents == (0..<UInt8(200)).flatMap { [UInt8](repeating: $0, count: 7) })
    #expect(zip(capacities, capacities.dropFirst()).allSatisfy { $1 >= 2 * $0 })
  }

  @Test func memoryStaysWithinTheBound() {
    let buffer = Buffer()
    for _ in 0..<100 { buffer.append([1, 2, 3], bound: 300) }
    #expect(buffer.count == 300)
    #expect(buffer.capacity == 300)
  }

  @Test func givesUpWhatIsAtItsEnds() {
    let buffer = Buffer()
    buffer.append(Array(0..<10))
    buffer.removeFirst(3)
    buffer.removeLast(2)
    #expect(buffer.contents == Array(3..<8))
    buffer.append([9])
    #expect(buffer.contents == [3, 4, 5, 6, 7, 9])
    buffer.removeFirst(6)
    #expect(buffer.contents == [])
  }

  @Test func keepsNoMoreMemoryThanItMay() {
    let buffer = Buffer()
    buffer.reserve(1000)
    #expect(buffer.capacity == 1000)
    buffer.removeAll(keeping: 1000)
    #expect(buffer.capacity == 1000)
    buffer.append([1])
    buffer.removeAll(keeping: 999)
    #expect(buffer.capacity == 0)
    #expect(buffer.contents == [])
  }
}
