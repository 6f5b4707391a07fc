import Benchmark
import EventLoop
import Glibc

// All run on the thread of an event loop, as what they measure does in the gateway. Each call does its work a thousand
// times: its microseconds are the nanoseconds of one.
let loop = try EventLoop(name: "benchmarks")
loop.execute {
  Benchmark.main(
    [
      streamBenchmarks(), writingBenchmarks(), frameBenchmarks(), logBenchmarks(), loopBenchmarks(),
      keyBenchmarks(), tokenBenchmarks(), limitBenchmarks(), queueBenchmarks(),
    ],
    customDefaults: defaultSettings + [TimeUnit(.us), MinTime(seconds: 0.5), WarmupIterations(10)])
  exit(0)
}
while true { pause() }
