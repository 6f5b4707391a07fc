import Benchmark
@testable import Fleet
import System

/// What the queue costs a request, from its coming to its end: where nothing waits, and where 500 wait and each that ends lets the
/// next one begin.
func queueBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "queue") { suite in
    let free = BusyQueue(models: 32, parallel: 64, callers: 250)
    suite.benchmark("nothing waits, 8 servers, 32 models") { free.serve(repetitions) }
    for callers in [250, 1] {
      for models in [1, 32] {
        let queue = BusyQueue(models: models, parallel: 1, callers: callers)
        queue.wait(500)
        suite.benchmark("500 wait of \(callers), 8 servers, models: \(models)") { queue.serve(repetitions) }
      }
    }
    let swapping = BusyQueue(models: 1, parallel: 1, callers: 250, contexts: 2)
    swapping.wait(500)
    suite.benchmark("500 wait of 250, 8 servers, models: 1 with two lengths of context") {
      swapping.serve(repetitions)
    }
  }
}

/// Eight servers, each with all models in its memory, and what is sent to them.
private final class BusyQueue {
  private var scheduler = FleetScheduler(policy: FleetPolicy(), seed: 1)
  private let models: [String]
  private let callers: Int
  /// Lengths of context that are asked for in turn: of more than one, each takes a load where the other is in memory.
  private let contexts: Int
  private var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
  /// Those that a server has, the one that ends next first.
  private var sent: [FleetTicket] = []
  private var first = 0
  private var count = 0

  init(models: Int, parallel: Int, callers: Int, contexts: Int = 1) {
    self.models = (0..<models).map { "model-\($0):latest" }
    self.callers = callers
    self.contexts = contexts
    let servers = (0..<8).map { FleetServer(id: FleetServerID($0), name: "gpu\($0)", parallel: parallel) }
    perform(scheduler.use(servers, at: now))
  }

  /// So many requests that nothing is free for any more.
  func wait(_ count: Int) {
    var waiting = 0
    while waiting < count { if !submit() { waiting += 1 } }
  }

  /// Requests come and others end, one for one.
  func serve(_ count: Int) {
    for _ in 0..<count {
      _ = submit()
      end()
    }
  }

  /// - Returns: whether it is sent at once.
  private func submit() -> Bool {
    count += 1
    now = now + .milliseconds(1)
    let request = FleetRequest(
      .generation, model: models[count % models.count],
      options: FleetRunnerOptions(contextLength: contexts > 1 ? 4096 << (count % contexts) : nil),
      promptTokens: 100, outputLimit: 100,
      flow: UInt64(count % callers), isStreamed: true, promptHash: UInt64(count))
    let (ticket, decision, actions) = scheduler.submit(request, at: now)
    perform(actions)
    guard case .granted = decision else { return false }
    sent.append(ticket)
    return true
  }

  private func end() {
    guard first < sent.count else { return }
    let report = FleetReport(
      durations: FleetDurations(total: 1_000_000_000, load: 0, promptEval: 200_000_000, eval: 800_000_000),
      promptTokens: 100, outputTokens: 40)
    let (_, actions) = scheduler.ended(sent[first], .completed(report), at: now)
    first += 1
    if first > 10_000 {
      sent.removeFirst(first)
      first = 0
    }
    perform(actions)
  }

  private func perform(_ actions: [FleetAction]) {
    for action in actions {
      switch action {
      case .ask(let server, let question):
        perform(scheduler.observed(server, observation(question), at: now))
      case .grant(let ticket, _): sent.append(ticket)
      case .load(let load):
        perform(scheduler.observed(load.server, .loadEnded(load.id, error: nil), at: now))
      default: break
      }
    }
  }

  private func observation(_ question: FleetQuestion) -> FleetObservation {
    switch question {
    case .version: .version("0.33.0")
    case .loaded:
      .loaded(
        models.map { FleetLoadedModel(name: $0, digest: "d-\($0)", size: 1_000, expiresIn: .seconds(300)) })
    case .models: .models(models.map { FleetListedModel(name: $0, digest: "d-\($0)", size: 1_000) })
    }
  }
}
