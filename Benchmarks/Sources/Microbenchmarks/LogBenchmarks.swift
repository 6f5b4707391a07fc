import Benchmark
import EventLoop
import Sessions

/// The event log of a generation: from the worker that makes the tokens to those who listen.
func logBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "event log") { suite in
    suite.benchmark("append, nobody listens") {
      let log = EventLog()
      append(to: log) {}
      precondition(log.lastNumber == repetitions)
    }
    suite.benchmark("append and read, one listener of the same loop") {
      let log = EventLog()
      let subscription = log.subscribe(on: EventLoop.current!) {}
      var events = 0
      append(to: log) {
        precondition(subscription.read { _, _ in events += 1 } == .caughtUp)
      }
      precondition(events == repetitions)
    }
    suite.benchmark("read again from the start, all at once") {
      let log = EventLog()
      append(to: log) {}
      let subscription = log.subscribe(on: EventLoop.current!) {}
      var events = 0
      precondition(subscription.read(maximumBytes: 1 << 20) { _, _ in events += 1 } == .caughtUp)
      precondition(events == repetitions)
    }
  }
}

private func append(to log: EventLog, _ afterEach: () -> Void) {
  for number in 1...repetitions {
    let appended = Samples.token.withUnsafeBytes { log.append($0) }
    precondition(appended == .number(number))
    afterEach()
  }
}
