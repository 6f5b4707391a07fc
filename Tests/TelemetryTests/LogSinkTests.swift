import Glibc
import Testing

@testable import Telemetry

@Suite struct LogSinkTests {
  private func line(_ number: Int, width: Int = 0) -> [UInt8] {
    let text = "\(number)"
    return Array((text + String(repeating: ".", count: max(0, width - text.utf8.count - 1)) + "\n").utf8)
  }

  @Test func linesOfAllThreadsComeOutWholeAndInTheirOrder() async throws {
    let file = try #require(tmpfile())
    defer { fclose(file) }
    let sink = LogSink(descriptor: fileno(file), batchDelay: .milliseconds(1))
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { for number in 0..<2000 { sink.append(Array("\(thread) \(number)\n".utf8)) } }
      }
    }
    #expect(sink.close(within: .seconds(30)))
    let lines = content(of: file).split(separator: 0x0A).map {
      $0.split(separator: 0x20).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    }
    #expect(lines.count == 8000)
    for thread in 0..<4 { #expect(lines.filter { $0[0] == thread }.map { $0[1] } == Array(0..<2000)) }
    #expect(sink.droppedLines == 0)
  }

  private func content(of file: UnsafeMutablePointer<FILE>) -> [UInt8] {
    let size = Int(lseek(fileno(file), 0, SEEK_END))
    lseek(fileno(file), 0, SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: size)
    #expect(read(fileno(file), &bytes, size) == size)
    return bytes
  }

  /// Counts the lines that are the test's own, and adds up what the others, the sink's reports, say of lost ones.
  private func counted(
    _ output: [UInt8], isOwn: (ArraySlice<UInt8>) -> Bool
  ) throws -> (lines: Int, reported: Int) {
    var lines = 0
    var reported = 0
    for line in output.split(separator: 0x0A) {
      if isOwn(line) {
        lines += 1
      } else {
        let fields = String(decoding: line, as: UTF8.self).split(
          separator: " warning log: log lines were dropped dropped=")
        reported += try #require(fields.last.flatMap { Int($0) })
      }
    }
    return (lines, reported)
  }

  /// More than the queue takes, from several threads, while the writer waits and wakes: each line is out whole or counted.
  @Test func underPressureEveryLineIsOutOrCounted() async throws {
    let file = try #require(tmpfile())
    defer { fclose(file) }
    let sink = LogSink(descriptor: fileno(file), capacity: 20_000, batchDelay: .microseconds(50))
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { for _ in 0..<50_000 { sink.append(self.line(thread, width: 50)) } }
      }
    }
    #expect(sink.close(within: .seconds(30)))
    let whole = Set((0..<4).map { line($0, width: 50).dropLast() })
    let (lines, reported) = try counted(content(of: file)) { whole.contains($0) }
    #expect(lines + sink.droppedLines == 200_000)
    #expect(reported == sink.droppedLines)
  }

  @Test func linesOfAMomentGoOutByOneWrite() {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd, batchDelay: .seconds(3600))
    for number in 0..<5 { sink.append(line(number)) }
    #expect(sink.flush(within: .seconds(30)))
    #expect(pipe.readOnce() == "0\n1\n2\n3\n4\n")
    #expect(sink.close(within: .seconds(30)))
  }

  @Test func anUrgentLineWaitsForNoOthers() {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd, batchDelay: .seconds(3600))
    sink.append(line(1))
    sink.append(line(2), isUrgent: true)
    #expect(String(decoding: pipe.read(4), as: UTF8.self) == "1\n2\n")
    #expect(sink.close(within: .seconds(30)))
  }

  @Test func linesComeOutWithoutAFlush() {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd)
    sink.append(line(1))
    #expect(pipe.read(2) == line(1))
    sink.append(line(2))
    #expect(pipe.read(2) == line(2))
    #expect(sink.close(within: .seconds(30)))
  }

  @Test func whenTheReaderIsStuckLinesAreDroppedCountedAndReported() throws {
    let pipe = Pipe()
    let filled = pipe.fill()
    let sink = LogSink(descriptor: pipe.writeEnd, capacity: 1000, batchDelay: .zero)
    // Twice what the queue takes, and what the writer may have in its hands besides.
    for number in 0..<40 { sink.append(line(number, width: 100)) }
    let dropped = sink.droppedLines
    #expect((20...30).contains(dropped))
    #expect(!sink.flush(within: .milliseconds(1)))
    _ = pipe.read(filled)
    #expect(sink.flush(within: .seconds(30)))
    sink.append(line(99))
    #expect(sink.close(within: .seconds(30)))
    pipe.closeWriteEnd()
    // One report or several, as the writer came by.
    let (lines, reported) = try counted(Array(pipe.readToEnd().utf8)) {
      $0.count == 99 || $0.elementsEqual("99".utf8)
    }
    #expect(reported == dropped)
    #expect(lines == 40 - dropped + 1)
  }

  @Test func aNonBlockingDescriptorIsWaitedFor() {
    let pipe = Pipe()
    let filled = pipe.fill()
    pipe.makeNonBlocking()
    let sink = LogSink(descriptor: pipe.writeEnd, batchDelay: .zero)
    sink.append(line(1, width: 10_000))
    #expect(!sink.flush(within: .milliseconds(1)))
    _ = pipe.read(filled)
    #expect(pipe.read(10_000) == line(1, width: 10_000))
    #expect(sink.close(within: .seconds(30)))
  }

  @Test func aClosedReaderCostsLinesAndNothingElse() {
    let pipe = Pipe()
    pipe.closeReadEnd()
    let sink = LogSink(descriptor: pipe.writeEnd, batchDelay: .zero)
    sink.append(line(1))
    #expect(sink.flush(within: .seconds(30)))
    #expect(sink.droppedLines == 1)
    sink.append(line(2))
    #expect(sink.close(within: .seconds(30)))
    #expect(sink.droppedLines == 2)
  }

  @Test func closingGivesUpOnAStuckReader() {
    let pipe = Pipe()
    let filled = pipe.fill()
    let sink = LogSink(descriptor: pipe.writeEnd, batchDelay: .zero)
    sink.append(line(1))
    #expect(!sink.close(within: .milliseconds(20)))
    // The thread ends by itself as soon as its write comes back.
    _ = pipe.read(filled)
    #expect(sink.close(within: .seconds(30)))
  }

  @Test func aStuckNonBlockingReaderIsGivenUpAtOnce() {
    let pipe = Pipe()
    _ = pipe.fill()
    pipe.makeNonBlocking()
    let sink = LogSink(descriptor: pipe.writeEnd, batchDelay: .zero)
    sink.append(line(1))
    #expect(sink.close(within: .seconds(30)))
    #expect(sink.droppedLines == 1)
  }

  @Test func afterClosingLinesAreCountedAsDropped() {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd)
    #expect(sink.close(within: .seconds(30)))
    #expect(sink.close(within: .zero))
    #expect(sink.flush(within: .zero))
    sink.append(line(1))
    #expect(sink.droppedLines == 1)
  }

  @Test func anEndedSinkIsFreed() {
    let pipe = Pipe()
    weak var weakSink: LogSink?
    do {
      let sink = LogSink(descriptor: pipe.writeEnd)
      weakSink = sink
      #expect(sink.close(within: .seconds(30)))
    }
    // Its thread lets go of it right after it has said that it ended.
    while weakSink != nil { sched_yield() }
    #expect(weakSink == nil)
  }
}
