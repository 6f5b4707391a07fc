import System
import Testing

@testable import Handling

/// When the only server is asked for its models, for the log of usage.
@Suite struct DigestQuestionsTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  /// Whether it is asked at each of these times, by what it has not told by then and the stamp of the models' changes.
  ///
  /// - Parameter untold: what it does not tell, whenever it is asked.
  private func asks(
    at moments: [(Duration, without: Set<String>, stamp: Int?)], untold: Set<String> = []
  ) -> [Bool] {
    var questions = DigestQuestions()
    return moments.map { moment in
      let asks = questions.mustAsk(without: moment.without, stamp: moment.stamp, at: start + moment.0)
      if asks { questions.isAsked(without: moment.without.intersection(untold)) }
      return asks
    }
  }

  @Test func itIsAskedOnceInAWhile() {
    let age = DigestQuestions.age
    let asked = asks(at: [
      (.zero, ["a"], 1), (age - .milliseconds(1), [], 1), (age, [], 1), (age + .seconds(1), [], 1),
    ])
    #expect(asked == [true, false, true, false])
  }

  /// What it does not know is asked for once, and what is new at once.
  @Test func whatIsNew() {
    let asked = asks(
      at: [
        (.zero, ["a", "b"], 1), (.seconds(1), ["b"], 1), (.seconds(2), ["b", "c"], 1),
        (.seconds(3), ["c"], 1),
      ], untold: ["b", "c"])
    #expect(asked == [true, false, true, false])
  }

  /// Somebody has pulled one by the gateway, or is doing it.
  @Test func whereModelsChange() {
    let asked = asks(at: [
      (.zero, [], 1), (.seconds(1), [], nil), (.seconds(2), [], 2), (.seconds(3), [], 2),
    ])
    #expect(asked == [true, true, true, false])
  }
}
