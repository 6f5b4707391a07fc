import EventLoop
import System
import Testing

@testable import Sessions

/// How generations are stored.
@Suite struct StoredGenerationTests {
  @Test(arguments: [
    (
      GenerationOutcome.completed(doneReason: "stop", usage: GenerationUsage()),
      StoredGenerationEnd.State.completed
    ),
    (.cancelled, .cancelled), (.interrupted, .interrupted), (.failed(code: "c", message: "m"), .failed),
  ])
  func eachEndHasItsState(_ outcome: GenerationOutcome, _ state: StoredGenerationEnd.State) {
    let end = StoredGenerationEnd(of: outcome, endedAt: .now, lastNumber: 3, answerPlace: 1)
    #expect(end.state == state && end.lastNumber == 3)
    #expect(end.answerPlace == (state == .failed ? nil : 1))
    #expect(end.failureCode == (state == .failed ? "c" : nil))
    #expect(end.doneReason == (state == .completed ? "stop" : nil))
  }

  // MARK: Told again

  private static let completed = GenerationOutcome.completed(doneReason: "stop", usage: GenerationUsage())

  /// What somebody is told of an answer with 90 events that a store has.
  private func told(
    after number: Int, thinking: String = "Hm", content: String, lastNumber: Int = 90,
    maximumBytes: Int = 64 << 10
  ) async throws -> Listener.Record {
    let log = EventLog(
      restored: [(Array(thinking.utf8)[...], .thinking), (Array(content.utf8)[...], .content)],
      .ended(lastNumber: lastNumber),
      end: GenerationEnd(outcome: Self.completed, timestamp: Timestamp(millisecondsSince1970: 0)))
    #expect(log.fullText == content && log.thinkingText == thinking)
    let loop = try EventLoop(name: "restored")
    defer { loop.shutDown() }
    let listener = Listener(loop: loop, maximumBytes: maximumBytes)
    await listener.subscribe(to: log, after: number)
    await listener.drop()
    return listener.current
  }

  @Test("Who asks for a stored answer again is told all of its text, under its last numbers")
  func fromTheStart() async throws {
    let all = try await told(after: 0, content: "Hello world")
    #expect(all.thinking == "Hm" && all.text == "Hello world")
    #expect(all.numbers == [89, 90, 91, 92] && all.dones == 1 && all.ends == [Self.completed])
    let plain = try await told(after: 0, thinking: "", content: "Hello world")
    #expect(plain.text == "Hello world" && plain.numbers == [90, 91, 92])
    let none = try await told(after: 0, thinking: "", content: "", lastNumber: 0)
    #expect(none.text == "" && none.numbers == [1, 2])
    let few = try await told(after: 0, content: "Hello", lastNumber: 1)
    #expect(few.numbers == [1, 2, 3, 4] && few.text == "Hello")
  }

  @Test("Who has seen some of it is told the end alone, which has all of it", arguments: [1, 42, 88, 89, 90])
  func fromANumber(_ number: Int) async throws {
    let end = try await told(after: number, content: "Hello world")
    #expect(end.text == "" && end.thinking == "")
    #expect(end.numbers == [91, 92] && end.dones == 1 && end.ends == [Self.completed])
  }

  @Test func whoHasSeenTheEndIsToldTheRest() async throws {
    #expect(try await told(after: 91, content: "Hello").numbers == [92])
    #expect(try await told(after: 92, content: "Hello").numbers == [])
    #expect(try await told(after: 9999, content: "Hello").numbers == [])
  }

  @Test("A long one comes in pieces of whole characters") func inPieces() async throws {
    // Three bytes each: no piece of a power of two ends between two of them by chance.
    let content = String(repeating: "\u{20AC}", count: 30_000)
    let all = try await told(after: 0, thinking: content, content: content, maximumBytes: 1)
    #expect(all.text == content && all.thinking == content)
    #expect(all.numbers == Array(79...92))
  }
}
