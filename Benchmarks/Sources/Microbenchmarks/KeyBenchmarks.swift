import Access
import Benchmark
import HTTPFields
import System

/// What it costs to judge the key of a request: one that is remembered, one that is not, and wrong ones; by 1 and by 10,000 keys.
///
/// The wrong ones should take the same time: a key that there is not, and one with another secret.
func keyBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "keys") { suite in
    let now = Timestamp.now
    for count in [1, 10_000] {
      let keys = (0..<count).map { _ in KeyText() }
      let directory = KeyDirectory(
        keys: keys.map { KeyRecord(id: $0.id, name: "key", secret: $0.secret, createdAt: now) }, teams: [],
        isClosed: true)
      func fields(_ key: KeyText) -> FieldSection {
        [
          ("Host", "127.0.0.1:10200"), ("User-Agent", "OpenAI/Python 3.57.0"), ("Accept", "application/json"),
          ("Authorization", "Bearer \(key.text)"), ("Content-Type", "application/json"),
        ]
      }
      let shown = keys.first.map(fields) ?? []
      suite.benchmark("remembered, of \(count)") {
        var memory = KeyMemory()
        for _ in 0..<1000 { judge(shown, directory, now, &memory) }
      }
      suite.benchmark("not remembered, of \(count)") {
        for _ in 0..<1000 {
          var memory = KeyMemory()
          judge(shown, directory, now, &memory)
        }
      }
      let (unknown, wrong) = (fields(KeyText()), fields(KeyText(id: keys.first?.id ?? .random())))
      for (name, shown) in [("unknown", unknown), ("wrong secret", wrong)] {
        suite.benchmark("\(name), of \(count)") {
          var memory = KeyMemory()
          for _ in 0..<1000 { judge(shown, directory, now, &memory) }
        }
      }
    }
  }
}

@inline(never)
private func judge(
  _ fields: FieldSection, _ directory: KeyDirectory, _ now: Timestamp, _ memory: inout KeyMemory
) {
  _ = directory.verdict(for: fields, from: .v4(0x7F00_0001), at: now, remembering: &memory)
}
