import GatewayTesting
import System
import Testing

@testable import Gateway

@Suite struct JobQueueTests {
  @Test func jobsComeOneAfterTheOther() async {
    let queue = JobQueue()
    let done = Lock<[Int]>([])
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<10 {
        group.addTask { _ = await queue.run { done.withLock { $0.append(number) } } }
      }
    }
    await queue.close(within: .seconds(60))
    #expect(done.withLock { $0.sorted() } == Array(0..<10))
    #expect(await queue.run { true } == nil)
  }

  /// A file that is read may be on a machine that is gone.
  @Test func theEndWaitsForNoneThatHangs() async throws {
    let queue = JobQueue()
    let held = Lock<CheckedContinuation<Void, Never>?>(nil)
    let job = Task {
      await queue.run {
        await withCheckedContinuation { continuation in held.withLock { $0 = continuation } }
      }
    }
    try await eventually("it has begun") { held.withLock { $0 != nil } }
    await queue.close(within: .milliseconds(20))
    held.withLock { $0.take() }?.resume()
    _ = await job.value
  }
}
