import Benchmark
import JSON

/// From a token to the bytes of an event.
func writingBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "JSON") { suite in
    for (name, text) in [
      ("escape, a token", Samples.token), ("escape, 1 KiB of prose", Samples.prose),
      ("escape, 1 KiB of code", Samples.code),
    ] {
      suite.benchmark(name) {
        var writer = JSONWriter(reservingCapacity: 4096)
        for _ in 0..<repetitions {
          text.withUnsafeBytes { writer.string(utf8: $0) }
          precondition(writer.bytes.count >= text.count + 2)
          writer.reset()
        }
      }
    }
    suite.benchmark("a token's message") {
      var writer = JSONWriter(reservingCapacity: 4096)
      for number in 0..<repetitions {
        writeToken(number, into: &writer)
        precondition(writer.bytes.count > 60)
        writer.reset()
      }
    }
  }
}

/// The message that a listener of the chat API gets for each token.
func writeToken(_ number: Int, into writer: inout JSONWriter) {
  writer.object { writer in
    writer.member("type", "stream_chunk")
    Samples.token.withUnsafeBytes { writer.member("content", utf8: $0) }
    writer.member("done", false)
    writer.member("seq", number)
  }
}
