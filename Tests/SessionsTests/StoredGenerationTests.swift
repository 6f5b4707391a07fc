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
}
