import Testing

@testable import Bytes

@Suite struct ByteQueueTests {
  /// The macros of Swift Testing take no value that cannot be copied.
  private final class Queue {
    private var bytes = ByteQueue()
    var count: Int { bytes.count }
    var isEmpty: Bool { bytes.isEmpty }

    func append(_ new: [UInt8]) { new.withUnsafeBytes { bytes.append($0) } }
    func removeAll() { bytes.removeAll() }
    func removeFirst(_ count: Int) { bytes.removeFirst(count) }
    var contents: [UInt8] { bytes.withBytes { Array($0) } }

    func take(_ count: Int) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: min(count, 1 << 22)) { buffer, taken in
        taken = bytes.take(into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }

  @Test func isEmptyAtFirst() {
    let queue = Queue()
    #expect(queue.isEmpty)
    #expect(queue.count == 0)
    #expect(queue.take(10) == [])
    queue.append([])
    #expect(queue.isEmpty)
  }

  @Test func givesBytesBackInOrder() {
    let queue = Queue()
    queue.append([1, 2, 3])
    queue.append([4, 5])
    #expect(queue.count == 5)
    #expect(queue.take(2) == [1, 2])
    queue.append([6])
    #expect(queue.take(100) == [3, 4, 5, 6])
    #expect(queue.isEmpty)
  }

  @Test func showsAndDropsItsBeginning() {
    let queue = Queue()
    #expect(queue.contents == [])
    queue.append([1, 2, 3, 4])
    #expect(queue.contents == [1, 2, 3, 4])
    queue.removeFirst(3)
    #expect(queue.contents == [4])
    queue.removeFirst(1)
    #expect(queue.isEmpty)
    queue.append([5])
    #expect(queue.contents == [5])
  }

  @Test func forgetsEverything() {
    let queue = Queue()
    queue.append([UInt8](repeating: 1, count: 100_000))
    queue.removeAll()
    #expect(queue.isEmpty)
    queue.append([7])
    #expect(queue.take(5) == [7])
  }

  /// Sizes around the growth steps, in every alternation: each byte comes out once, in order.
  @Test(arguments: [1, 7, 511, 512, 513, 4096, 33_000, 70_001])
  func keepsOrderThroughGrowthAndMoves(_ piece: Int) {
    let queue = Queue()
    var written = 0
    var read = 0
    for round in 0..<60 {
      let count = piece + round % 3
      queue.append((written..<written + count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      written += count
      let taken = queue.take(round % 4 == 3 ? count * 2 : count / 2 + 1)
      let expected = (read..<read + taken.count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      #expect(taken.elementsEqual(expected), "round \(round)")
      read += taken.count
      #expect(queue.count == written - read)
    }
    read += queue.take(.max).count
    #expect(read == written)
  }
}
