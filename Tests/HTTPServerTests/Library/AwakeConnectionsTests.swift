import System
import Testing

@testable import HTTPServer

@Suite struct AwakeConnectionsTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  @Test func areFew() {
    var awake = AwakeConnections()
    for _ in 0..<AwakeConnections.limit {
      #expect(awake.mayWait(since: nil, at: start))
      awake.count += 1
    }
    #expect(!awake.mayWait(since: nil, at: start))
    #expect(awake.mayWait(since: start, at: start), "one that is awake already stays so")
    awake.count -= 1
    #expect(awake.mayWait(since: nil, at: start))
  }

  @Test func areAwakeForAMoment() {
    let awake = AwakeConnections()
    let end = start + AwakeConnections.longest
    #expect(awake.mayWait(since: start, at: MonotonicTime(nanoseconds: end.nanoseconds - 1)))
    #expect(!awake.mayWait(since: start, at: end))
  }
}
