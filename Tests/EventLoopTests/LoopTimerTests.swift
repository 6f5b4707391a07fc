import EventLoop
import Testing

@Suite struct LoopTimerTests {
  @Test func aTimerOfCenturiesLetsTheLoopGoOn() async throws {
    let loop = try EventLoop(name: "test")
    await withCheckedContinuation { continuation in
      loop.execute {
        loop.makeTimer { Issue.record("fired") }.schedule(after: .seconds(Int64.max))
        loop.makeTimer { continuation.resume() }.schedule(after: .milliseconds(1))
      }
    }
    loop.shutDown()
  }
}
