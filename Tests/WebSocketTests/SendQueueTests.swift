import Testing

@testable import WebSocket

@Suite struct SendQueueTests {
  private static let marks = {
    var marks = SendQueue.Marks()
    (marks.low, marks.high, marks.bound) = (100, 200, 400)
    return marks
  }()

  /// A frame of this many bytes, up to 127 with its header of two; a longer one is longer.
  private func append(_ length: Int, _ value: UInt8 = 0, to queue: inout SendQueue) -> Bool {
    let payload = [UInt8](repeating: value, count: length - 2)
    return queue.append { buffer in
      payload.withUnsafeBytes { FrameEncoder(role: .server).append(.binary, $0, to: &buffer) }
    }
  }

  private func fill(_ lengths: [Int], _ queue: inout SendQueue) -> Bool {
    lengths.allSatisfy { append($0, to: &queue) }
  }

  private func consume(_ length: Int, _ queue: inout SendQueue) -> Bool { queue.consume(length) }

  private func pending(_ queue: SendQueue) -> [UInt8] { queue.withPending { Array($0) } }

  @Test func framesAreGatheredInOnePiece() {
    var queue = SendQueue()
    #expect(queue.isEmpty)
    #expect(append(5, 1, to: &queue))
    #expect(append(4, 2, to: &queue))
    #expect(pending(queue) == [0x82, 3, 1, 1, 1, 0x82, 2, 2, 2])
    queue.consume(6)
    #expect(pending(queue) == [2, 2, 2])
    #expect(append(3, 3, to: &queue))
    #expect(pending(queue) == [2, 2, 2, 0x82, 1, 3])
    queue.consume(6)
    #expect(queue.isEmpty)
    #expect(pending(queue).isEmpty)
  }

  @Test func congestionLastsFromTheHighMarkToTheLow() {
    var queue = SendQueue(marks: Self.marks)
    #expect(fill([100, 100], &queue))
    #expect(!queue.isCongested)
    #expect(append(2, to: &queue))
    #expect(queue.isCongested)
    #expect(!consume(101, &queue))
    #expect(queue.isCongested)
    #expect(consume(1, &queue))
    #expect(!queue.isCongested)
    #expect(!consume(50, &queue))
    #expect(!queue.isCongested)
  }

  @Test func theBoundIsExact() {
    var queue = SendQueue(marks: Self.marks)
    #expect(fill([100, 100, 100], &queue))
    #expect(queue.takes(100) && !queue.takes(101))
    let before = pending(queue)
    #expect(!append(101, 4, to: &queue))
    #expect(pending(queue) == before)
    #expect(append(100, 5, to: &queue))
    #expect(queue.count == 400)
    #expect(!append(2, to: &queue))
    queue.consume(2)
    #expect(append(2, to: &queue))
  }

  /// What is too large for the bound could never be sent otherwise.
  @Test func anEmptyQueueTakesAnything() {
    var queue = SendQueue(marks: Self.marks)
    #expect(queue.takes(5000))
    #expect(append(5000, to: &queue))
    #expect(queue.isCongested)
    #expect(!append(2, to: &queue))
    queue.consume(queue.count)
    #expect(!queue.isCongested)
    #expect(append(2, to: &queue))
  }

  @Test func controlFramesAlwaysFit() {
    var queue = SendQueue(marks: Self.marks)
    #expect(fill([100, 100, 100, 100], &queue))
    queue.appendUnbounded { buffer in FrameEncoder(role: .server).append(.close, to: &buffer) { _ in } }
    #expect(queue.count == 402)
  }

  @Test func anEmptyQueueKeepsLittleMemory() {
    var queue = SendQueue()
    #expect(queue.heldBytes == 0)
    for length in [10, 200, 300, 1000, 70_000, 1_000_000] {
      #expect(append(length, to: &queue))
      queue.consume(queue.count)
      #expect(queue.heldBytes <= SendQueue.keptBytes, "after \(length) bytes")
    }
  }

  /// A queue that never empties does not grow: its memory follows what waits, not what went through.
  @Test func sentBytesGiveTheirRoomUp() {
    var queue = SendQueue()
    for round in 0..<2000 {
      #expect(append(100, UInt8(truncatingIfNeeded: round), to: &queue))
      if round >= 10 { queue.consume(100) }
    }
    #expect(queue.count == 1000)
    #expect(queue.heldBytes < 8000)
    let frames = (1990..<2000).map {
      RawFrame(opcode: 0x2, payload: [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 98))
    }
    #expect(pending(queue) == frames.bytes)
  }

  /// Whatever part of the frames was sent, the one that was begun stays whole, and all others go.
  @Test(arguments: [2, 4, 10]) func unsentFramesAreDropped(headerBytes: Int) {
    let length = [2: 50, 4: 300, 10: 70_000][headerBytes, default: 0]
    let payload = [UInt8](repeating: 7, count: length)
    let frame = RawFrame(opcode: 0x2, payload: payload).bytes
    #expect(frame.count == length + headerBytes)
    for sent in [0, 1, 2, headerBytes, frame.count - 1, frame.count, frame.count + 1, 2 * frame.count + 5] {
      var queue = SendQueue()
      for _ in 0..<3 {
        _ = queue.append { buffer in
          payload.withUnsafeBytes { FrameEncoder(role: .server).append(.binary, $0, to: &buffer) }
        }
      }
      queue.consume(sent)
      queue.dropUnsentFrames()
      let begun = sent % frame.count
      #expect(pending(queue) == (begun == 0 ? [] : Array(frame[begun...])), "\(sent) sent")
      #expect(queue.heldBytes < frame.count + SendQueue.keptBytes)
      #expect(append(2, to: &queue))
      #expect(pending(queue).suffix(2) == [0x82, 0])
    }
  }

  @Test func anEncoderThatThrowsLeavesNothing() {
    struct Problem: Error {}
    var queue = SendQueue()
    #expect(append(5, 1, to: &queue))
    #expect(throws: Problem.self) {
      _ = try queue.append { buffer throws(Problem) in
        buffer += [0x82, 5, 1]
        throw Problem()
      }
    }
    #expect(pending(queue) == [0x82, 3, 1, 1, 1])
  }

  @Test func removingEverythingEndsACongestion() {
    var queue = SendQueue(marks: Self.marks)
    #expect(fill([100, 100, 100], &queue))
    #expect(queue.isCongested)
    queue.removeAll()
    #expect(queue.isEmpty && !queue.isCongested)
    #expect(fill([100], &queue))
  }

  @Test func droppingEndsACongestion() {
    var queue = SendQueue(marks: Self.marks)
    #expect(fill([50, 125, 125], &queue))
    #expect(queue.isCongested)
    queue.consume(10)
    queue.dropUnsentFrames()
    #expect(queue.count == 40)
    #expect(!queue.isCongested)
  }

  /// Any order of operations against a plain list of frames.
  @Test(arguments: 1...20) func anyOrderAgreesWithAModel(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var queue = SendQueue(marks: Self.marks)
    var model: [UInt8] = []
    var starts: [Int] = []
    var sent = 0
    for _ in 0..<500 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let length = Int.random(in: 2...127, using: &random)
        let value = UInt8.random(in: 0...255, using: &random)
        let fits = sent == model.count || model.count - sent + length <= 400
        #expect(append(length, value, to: &queue) == fits)
        guard fits else { break }
        starts.append(model.count)
        model += [0x82, UInt8(length - 2)] + [UInt8](repeating: value, count: length - 2)
      case 5..<9:
        let length = Int.random(in: 0...(model.count - sent), using: &random)
        queue.consume(length)
        sent += length
      default:
        queue.dropUnsentFrames()
        let end = starts.first { $0 >= sent } ?? model.count
        model.removeLast(model.count - end)
        starts.removeAll { $0 >= end }
      }
      #expect(pending(queue) == Array(model[sent...]))
    }
  }
}
