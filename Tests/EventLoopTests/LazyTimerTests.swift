import EventLoop
import System
import Testing

@Suite struct LazyTimerTests {
  /// What fires on a loop, by name, until "end" does.
  private func firings(
    _ body: @escaping @Sendable (EventLoop, _ timer: (String) -> LazyTimer) -> Void
  ) async throws -> [String] {
    let loop = try EventLoop(name: "test")
    let fired = await withCheckedContinuation { continuation in
      loop.execute {
        var fired: [String] = []
        var timers: [LazyTimer] = []
        body(loop) { name in
          let timer = LazyTimer(loop: loop) {
            fired.append(name)
            guard name == "end" else { return }
            timers = []
            continuation.resume(returning: fired)
          }
          timers.append(timer)
          return timer
        }
      }
    }
    loop.shutDown()
    return fired
  }

  @Test func firesOnceAtTheDeadlineThatWasSetLast() async throws {
    let fired = try await firings { loop, timer in
      let (later, earlier, never) = (timer("later"), timer("earlier"), timer("never"))
      // Set to a time at which it would fire too early, and to one at which it would be too late.
      later.schedule(at: loop.now + .milliseconds(1))
      later.schedule(at: loop.now + .milliseconds(20))
      never.schedule(at: loop.now + .milliseconds(1))
      never.schedule(at: loop.now + .seconds(600))
      earlier.schedule(at: loop.now + .seconds(600))
      earlier.schedule(at: loop.now + .milliseconds(10))
      timer("end").schedule(at: loop.now + .milliseconds(40))
    }
    // Where the loop is late for both, either may be the first.
    #expect(fired.dropLast().sorted() == ["earlier", "later"])
    #expect(fired.last == "end")
  }

  @Test func keepsTheEarlierOfTwoDeadlinesWhereAsked() async throws {
    let fired = try await firings { loop, timer in
      let (kept, moved) = (timer("kept"), timer("moved"))
      kept.schedule(at: loop.now + .milliseconds(10))
      kept.schedule(noLaterThan: loop.now + .seconds(600))
      moved.schedule(noLaterThan: loop.now + .seconds(600))
      moved.schedule(noLaterThan: loop.now + .milliseconds(20))
      timer("end").schedule(at: loop.now + .milliseconds(30))
    }
    #expect(fired == ["kept", "moved", "end"])
  }

  @Test func doesNotFireOnceCancelledUnlessSetAnew() async throws {
    let fired = try await firings { loop, timer in
      let (never, again) = (timer("never"), timer("again"))
      never.schedule(at: loop.now + .milliseconds(1))
      never.cancel()
      again.schedule(at: loop.now + .milliseconds(1))
      again.cancel()
      again.schedule(at: loop.now + .milliseconds(10))
      timer("end").schedule(at: loop.now + .milliseconds(20))
    }
    #expect(fired == ["again", "end"])
  }

  @Test func isForgottenWithItsLastReference() async throws {
    let fired = try await firings { loop, timer in
      LazyTimer(loop: loop) { Issue.record("fired after its end") }.schedule(at: loop.now + .milliseconds(1))
      timer("end").schedule(at: loop.now + .milliseconds(10))
    }
    #expect(fired == ["end"])
  }
}
