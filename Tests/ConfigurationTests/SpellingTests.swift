import Testing

@testable import Configuration

@Suite struct SpellingTests {
  @Test(arguments: [
    ("worker", "workers"), ("wokrers", "workers"), ("WORKERS", "workers"), ("max-body", "max_body"),
    ("log_fromat", "log_format"), ("zzz", nil), ("", nil),
  ])
  func findsWhatWasMeant(_ name: String, _ meant: String?) {
    #expect(Spelling.nearest(to: name, among: Setting.all.map(\.key)) == meant)
  }

  @Test func aHugeNameCostsNothing() {
    #expect(Spelling.nearest(to: String(repeating: "workers", count: 100_000), among: ["workers"]) == nil)
  }
}
