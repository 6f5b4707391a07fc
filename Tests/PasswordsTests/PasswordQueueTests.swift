import GatewayTesting
import System
import Testing

@testable import Passwords

@Suite("Places in the queue of passwords") struct PasswordQueueTests {
  private static func stranger(_ number: Int) -> PasswordAsker {
    PasswordAsker(place: "192.0.2.\(number)", isTrusted: false)
  }

  @Test func oneNetworkHasAShareAlone() {
    var queue = PasswordQueue()
    for _ in 0..<PasswordQueue.shareLimit { #expect(queue.enter(Self.stranger(1)) == true) }
    #expect(queue.enter(Self.stranger(1)) == false)
    #expect(queue.count == PasswordQueue.shareLimit)
    #expect(queue.enter(Self.stranger(2)) == true)
    queue.leave(Self.stranger(1))
    #expect(queue.enter(Self.stranger(1)) == true)
    #expect(queue.enter(Self.stranger(1)) == false)
  }

  @Test func strangersOfAnyNumberLeavePlacesForWhoIsKnown() {
    var queue = PasswordQueue()
    var count = 0
    for number in 0..<100 where queue.enter(Self.stranger(number)) { count += 1 }
    #expect(count == PasswordQueue.limit - PasswordQueue.kept)
    let known = PasswordAsker(place: "192.0.2.1", isTrusted: true)
    #expect(queue.enter(known) == true)
    #expect(queue.enter(nil) == true)
    // Nor do those who are known pass the bound of all, or their share.
    for _ in 0..<100 { _ = queue.enter(known) }
    #expect(queue.count == PasswordQueue.limit)
    #expect(queue.enter(nil) == false)
    #expect(queue.enter(PasswordAsker(place: "other", isTrusted: true)) == false)
    queue.leave(nil)
    #expect(queue.enter(PasswordAsker(place: "other", isTrusted: true)) == true)
  }

  @Test func aShareOfWhoIsKnownIsBoundedToo() {
    var queue = PasswordQueue()
    let known = PasswordAsker(place: "browser:1", isTrusted: true)
    let share = (0..<10).filter { _ in queue.enter(known) }
    #expect(share.count == PasswordQueue.shareLimit)
    for _ in 0..<PasswordQueue.shareLimit { queue.leave(known) }
    #expect(queue.count == 0)
    let all = (0..<100).filter { _ in queue.enter(nil) }
    #expect(all.count == PasswordQueue.limit)
  }

  @Test func theCheckerKeepsToIt() async throws {
    let checker = PasswordChecker(cost: 4)
    for _ in 0..<PasswordQueue.shareLimit {
      let isIn = checker.load.withLock { $0.enter(Self.stranger(1)) }
      #expect(isIn)
    }
    await #expect(throws: PasswordRefusal.busy) {
      try await checker.verify("Correct-Horse1", against: nil, for: Self.stranger(1))
    }
    await #expect(throws: PasswordRefusal.busy) {
      try await checker.make("Correct-Horse1", for: Self.stranger(1))
    }
    #expect(try await !checker.verify("Correct-Horse1", against: nil, for: Self.stranger(2)))
    _ = try await checker.make("Correct-Horse1", for: Self.stranger(2))
    #expect(checker.load.withLock { $0.count } == PasswordQueue.shareLimit)
  }
}
