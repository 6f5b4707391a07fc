import Access
import Accounts
import Limits
import Testing

@testable import Handling

/// What metrics tell of keys.
@Suite struct KeyFiguresTests {
  private func usage(_ input: Int, _ output: Int) -> Usage {
    Usage(inputTokens: input, outputTokens: output, promptMicroseconds: 1, evalMicroseconds: 2)
  }

  /// However many keys there are, the labels are bounded, and a key keeps its own.
  @Test func labelsAreBounded() {
    let labels = KeyLabels()
    #expect(labels.number(of: nil) == KeyLabels.anonymous)
    let keys = (0..<KeyLabels.limit).map { _ in KeyID.random() }
    let numbers = keys.map { labels.number(of: $0) }
    #expect(Set(numbers).count == KeyLabels.limit)
    #expect(labels.number(of: .random()) == KeyLabels.others)
    #expect(keys.map { labels.number(of: $0) } == numbers)
    #expect(labels.names.count == KeyLabels.limit + 2)
    #expect(labels.names[0] == "_anonymous" && labels.names[1] == "_other")
    #expect(zip(keys, numbers).allSatisfy { labels.names[$1] == $0.text })
  }

  @Test func workersAddUp() {
    var (one, other) = (KeyFigures(), KeyFigures())
    one.note(usage(1, 2), status: 200, label: 3)
    one.noteRefusal(.rpm, label: 3)
    other.note(usage(10, 20), status: 499, label: 3)
    other.noteRefusal(.rpm, label: 3)
    other.noteRefusal(.tpm, label: 0)
    one.add(other)
    #expect(one.entries.count == 4 && one.entries[1] == nil && one.entries[2] == nil)
    let figures = one.entries[3]
    #expect(figures?.requests == 2 && figures?.failures == 1)
    #expect(figures?.inputTokens == 11 && figures?.outputTokens == 22 && figures?.gpuMicroseconds == 6)
    #expect(figures?.refusals == [.rpm: 2])
    #expect(one.entries[0]?.refusals == [.tpm: 1])
  }
}
