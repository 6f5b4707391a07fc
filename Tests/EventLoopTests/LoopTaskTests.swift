import EventLoop
import Testing

@Suite("Tasks on a loop") struct LoopTaskTests {
  private actor Counter {
    private var count = 0

    func increment() -> Int {
      count += 1
      return count
    }
  }

  /// A plain class: what the compiler lets a task keep on one loop only.
  private final class Resident {
    let loop: EventLoop
    private let counter: Counter
    private(set) var steps: [String] = []

    init(_ loop: EventLoop, _ counter: Counter = Counter()) {
      self.loop = loop
      self.counter = counter
    }

    func note(_ step: String) {
      loop.preconditionCurrent()
      steps.append(step)
    }

    /// Asks an actor of another executor, sleeps, and calls another async method.
    func work(_ name: String) async {
      note("\(name) begins")
      _ = await counter.increment()
      loop.preconditionCurrent()
      try? await Task.sleep(for: .milliseconds(1))
      loop.preconditionCurrent()
      await ask()
      note("\(name) ends")
    }

    /// From within a task, and passes on the steps from the last.
    func startTasks(_ count: Int, then: @escaping ([String]) -> Void) {
      loop.startTask { self.startMore(count, then: then) }
    }

    private func startMore(_ count: Int, then: @escaping ([String]) -> Void) {
      for number in 0..<count { loop.startTask { self.note("\(number)") } }
      note("started")
      loop.startTask { then(self.steps) }
    }

    private func ask() async {
      loop.preconditionCurrent()
      _ = await counter.increment()
      loop.preconditionCurrent()
    }
  }

  private func withLoop<Result: Sendable>(_ body: (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop(name: "tasks")
    defer { loop.shutDown() }
    return try await body(loop)
  }

  @Test func comesBackToTheLoopAfterEachWait() async throws {
    try await withLoop { loop in
      await withCheckedContinuation { continuation in
        loop.execute {
          let resident = Resident(loop)
          loop.startTask {
            await resident.work("task")
            loop.preconditionCurrent()
            #expect(resident.steps == ["task begins", "task ends"])
            continuation.resume()
          }
        }
      }
    }
  }

  /// What a client says is done in the order in which it was said.
  @Test func tasksBeginInTheirOrderAndInALaterTick() async throws {
    let count = 1000
    let order: [String] = try await withLoop { loop in
      await withCheckedContinuation { continuation in
        loop.execute { Resident(loop).startTasks(count) { continuation.resume(returning: $0) } }
      }
    }
    #expect(order == ["started"] + (0..<count).map { "\($0)" })
  }

  @Test func isCancelledFromElsewhere() async throws {
    try await withLoop { loop in
      let task: Task<Void, Never> = await loop.run {
        let resident = Resident(loop)
        return loop.startTask {
          try? await Task.sleep(for: .seconds(600))
          resident.note("awake")
          #expect(Task.isCancelled)
        }
      }
      task.cancel()
      await task.value
    }
  }

  @Test func otherThreadsReachWhatLivesOnTheLoop() async throws {
    try await withLoop { loop in
      let resident = await loop.run { LoopBound(Resident(loop), to: loop) }
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<20 { group.addTask { await resident.run { await $0.work("\(number)") } } }
      }
      let steps = await resident.run { $0.steps.count }
      #expect(steps == 40)
      // So that its last reference goes there.
      await resident.run { $0.note("done") }
    }
  }

  @Test func aFailureComesBack() async throws {
    struct WorkError: Error {}
    try await withLoop { loop -> Void in
      _ = await #expect(throws: WorkError.self) {
        try await loop.run { () throws(WorkError) in throw WorkError() }
      }
    }
  }
}
