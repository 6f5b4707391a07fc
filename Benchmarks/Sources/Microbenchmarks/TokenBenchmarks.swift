import Access
import Benchmark
import System

/// What it costs to know a verified token again: the only one, and each of 10,000 in turn; and one that is not known.
///
/// As a request does it: a digest of the whole text, and a look. Of 10,000 the difference is what is in no cache of the machine.
func tokenBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "tokens") { suite in
    for bytes in [300, 900] {
      for count in [1, 10_000] {
        let shown = ShownTokens(count, bytes: bytes)
        suite.benchmark("known, \(bytes) bytes, of \(count)") { shown.look() }
      }
      let shown = ShownTokens(10_000, bytes: bytes)
      suite.benchmark("unknown, \(bytes) bytes, of 10000") { shown.lookForUnknown() }
    }
  }
}

/// A worker's memory with tokens in it, and their texts. Lives on the loop.
private final class ShownTokens {
  private var memory = TokenMemory<Int>()
  private let texts: [[UInt8]]
  private let unknown: [UInt8]
  private let now = Timestamp.now

  private var next = 0

  init(_ count: Int, bytes: Int) {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    texts = (0...count).map { _ in (0..<bytes).map { _ in digits.randomElement() ?? 0 } }
    unknown = texts[count]
    let end = Timestamp(millisecondsSince1970: now.millisecondsSince1970 + 3_600_000)
    for (number, text) in texts.dropLast().enumerated() {
      let digest = text.withUnsafeBytes { SecretDigest(of: $0) }
      memory.store(digest, number, keys: 1, until: end)
    }
  }

  /// By steps of a prime, so that all have their turn.
  func look() {
    for _ in 0..<1000 {
      next = (next + 7919) % (texts.count - 1)
      look(texts[next])
    }
  }

  func lookForUnknown() {
    for _ in 0..<1000 { look(unknown) }
  }

  @inline(never)
  private func look(_ text: [UInt8]) {
    _ = memory.find(text.withUnsafeBytes { SecretDigest(of: $0) }, keys: 1, at: now)
  }
}
