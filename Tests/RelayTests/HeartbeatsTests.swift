import EventLoop
import System
import Testing

@testable import Relay

@Suite struct HeartbeatsTests {
  private final class Stream: BeatingStream {
    private let loop: EventLoop
    private(set) var lastWrite: MonotonicTime
    var heartbeatPlace: Int?
    private let whenBeaten: () -> Void

    init(_ loop: EventLoop, _ whenBeaten: @escaping () -> Void) {
      self.loop = loop
      lastWrite = loop.now
      self.whenBeaten = whenBeaten
    }

    func write() { lastWrite = loop.now }

    func beat() {
      write()
      whenBeaten()
    }
  }

  /// Runs on a loop until `end` is called.
  private func run(_ body: @escaping @Sendable (EventLoop, _ end: @escaping () -> Void) -> [AnyObject])
    async throws
  {
    let loop = try EventLoop(name: "test")
    await withCheckedContinuation { continuation in
      loop.execute {
        var kept: [AnyObject] = []
        kept = body(loop) {
          guard !kept.isEmpty else { return }
          kept = []
          continuation.resume()
        }
      }
    }
    loop.shutDown()
  }

  @Test func oneTimerBeatsForAllThatAreSilent() async throws {
    let beats = Lock<[String]>([])
    try await run { loop, end in
      let heartbeats = Heartbeats(loop: loop, interval: .milliseconds(10))
      let gone = Stream(loop) { beats.withLock { $0.append("gone") } }
      let first = Stream(loop) { beats.withLock { $0.append("first") } }
      let second = Stream(loop) {
        beats.withLock { $0.append("second") }
        if beats.withLock({ $0.count }) >= 6 { end() }
      }
      for stream in [gone, first, second] { heartbeats.add(stream) }
      heartbeats.remove(gone)
      heartbeats.remove(gone)
      #expect(heartbeats.count == 2)
      return [heartbeats, first, second]
    }
    let heard = beats.withLock { $0 }
    #expect(!heard.contains("gone"))
    #expect(heard.filter { $0 == "first" }.count >= 3 && heard.filter { $0 == "second" }.count >= 3)
  }

  /// A reload may switch them on and off.
  @Test func theIntervalMayChange() async throws {
    let beats = Lock(0)
    try await run { loop, end in
      let heartbeats = Heartbeats(loop: loop, interval: nil)
      let stream = Stream(loop) {
        beats.withLock { $0 += 1 }
        end()
      }
      heartbeats.add(stream)
      heartbeats.interval = .seconds(600)
      heartbeats.interval = nil
      heartbeats.interval = .milliseconds(5)
      return [heartbeats, stream]
    }
    #expect(beats.withLock { $0 } == 1)
  }
}
