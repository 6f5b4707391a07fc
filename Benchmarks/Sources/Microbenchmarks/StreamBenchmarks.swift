import Benchmark
import JSON
import OllamaAPI

/// From Ollama's bytes to a token.
func streamBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "stream") { suite in
    suite.benchmark("NDJSON split, a line a piece") {
      try split(Samples.lines(1), pieces: repetitions, expecting: repetitions)
    }
    suite.benchmark("NDJSON split, 20 lines a piece") {
      try split(Samples.lines(20), pieces: repetitions / 20, expecting: repetitions)
    }
    let half = Samples.line.count / 2
    let cut = Array(Samples.lines(2).dropFirst(half).dropLast(Samples.line.count + 1 - half))
    suite.benchmark("NDJSON split, each line cut in two") {
      try split(cut, pieces: repetitions, expecting: repetitions)
    }
    let reader = JSONReader(maximumBytes: 1 << 20)
    suite.benchmark("token decode") {
      var bytes = 0
      for _ in 0..<repetitions {
        let chunk = try Samples.line.withUnsafeBytes {
          try ChatChunk.decode($0, reader: reader) { bytes += $0.count }
        }
        precondition(chunk == .text)
      }
      precondition(bytes == repetitions * Samples.token.count)
    }
  }
}

private func split(_ piece: [UInt8], pieces: Int, expecting lines: Int) throws {
  let splitter = LineSplitter()
  var count = 0
  for _ in 0..<pieces {
    try piece.withUnsafeBytes { piece in
      var rest = piece
      while try splitter.next(&rest) != nil { count += 1 }
    }
  }
  precondition(count == lines)
}
