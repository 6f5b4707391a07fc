import Access
import EventLoop
import System
import Testing

@testable import Sessions

@Suite struct OwnedSessionsTests {
  private static func session(_ number: Int) -> Session {
    Session(
      key: SessionKey(id: id("s\(number)"), owner: .thisMachine), serial: number, owner: .thisMachine,
      timestamp: Timestamp(millisecondsSince1970: 0), now: MonotonicTime(nanoseconds: 0))
  }

  /// Whatever comes and goes, it is a list: checked against an array, over several runs.
  @Test(arguments: [1, 2, 3])
  func itIsAList(seed: UInt64) {
    var random = LinearGenerator(state: seed)
    var owned = OwnedSessions()
    var list: [Session] = []
    for step in 0..<6000 {
      // It grows at first and shrinks at last.
      let grows = Int.random(in: 0..<6000, using: &random) > step
      let place = list.isEmpty ? 0 : Int.random(in: 0..<list.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0 where !list.isEmpty:
        let session = list.remove(at: place)
        list.append(session)
        owned.touch(session)
      case _ where grows || list.isEmpty:
        list.append(Self.session(step))
        owned.append(list[list.count - 1])
      default: owned.remove(list.remove(at: place))
      }
      guard step % 300 == 0 else { continue }
      #expect(owned.count == list.count)
      let latestFirst = list.reversed().map(\.serial)
      #expect(owned.part(skip: 0, limit: .max).map(\.serial) == latestFirst)
      for _ in 0..<20 {
        let skip = Int.random(in: 0...(list.count + 2), using: &random)
        let limit = Int.random(in: 0...600, using: &random)
        let part = owned.part(skip: skip, limit: limit).map(\.serial)
        #expect(part == Array(latestFirst.dropFirst(skip).prefix(limit)), "\(skip), \(limit)")
      }
    }
  }

  /// So a list costs by its part: however the sessions went, the runs are few.
  @Test func runsAreNotShort() {
    var owned = OwnedSessions()
    let sessions = (0..<5000).map(Self.session)
    for session in sessions { owned.append(session) }
    #expect(owned.runCount <= 10)
    for (number, session) in sessions.enumerated() where number % 100 != 0 { owned.remove(session) }
    #expect(owned.count == 50)
    #expect(owned.runCount == 1)
    #expect(owned.part(skip: 49, limit: 5).map(\.serial) == [0])
    for session in sessions { owned.remove(session) }
    #expect(owned.count == 0 && owned.runCount == 0)
    #expect(sessions.allSatisfy { $0.run == nil })
  }

  @Test func extremesOfAPart() {
    var owned = OwnedSessions()
    #expect(owned.part(skip: 0, limit: .max).isEmpty)
    owned.append(Self.session(1))
    #expect(owned.part(skip: .max, limit: .max).isEmpty)
    #expect(owned.part(skip: .min, limit: 0).isEmpty)
    #expect(owned.part(skip: -1, limit: 1).count == 1)
  }
}

/// The same numbers for the same seed.
struct LinearGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}
