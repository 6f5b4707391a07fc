import Benchmark
import Dispatch
import EventLoop

/// Messages to another loop, which has a thread of its own.
func loopBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "loop") { suite in
    guard let other = try? EventLoop(name: "other") else { fatalError("no thread left") }
    let answered = DispatchSemaphore(value: 0)
    suite.benchmark("mailbox, messages in a row") {
      for _ in 1..<repetitions { other.execute {} }
      other.execute { answered.signal() }
      answered.wait()
    }
    suite.benchmark("wake a sleeping loop, and its answer back") {
      for _ in 0..<repetitions {
        other.execute { answered.signal() }
        answered.wait()
      }
    }
  }
}
