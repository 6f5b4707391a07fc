import Dispatch
import GatewayTesting
import System
import Testing

@testable import Passwords

@Suite("The queue of passwords") struct PasswordCheckerTests {
  @Test func passwordsAreMadeAndKnownAgain() async throws {
    let checker = PasswordChecker(cost: 4)
    let hash = try await checker.make("Correct-Horse1")
    #expect(try await checker.verify("Correct-Horse1", against: hash))
    #expect(try await !checker.verify("Correct-Horse2", against: hash))
    #expect(checker.load.withLock { $0.count } == 0)
  }

  @Test func nobodyIsKnownWhereThereIsNoHash() async throws {
    #expect(try await !PasswordChecker().verify("", against: nil))
  }

  /// Whatever there is to compare with, or not, the rounds are the same.
  @Test func everyComparisonTakesAsManyRounds() async throws {
    let costs = Lock<[Int]>([])
    let checker = PasswordChecker(cost: 7) { cost in costs.withLock { $0.append(cost) } }
    let hashes: [PasswordHash?] = [nil] + [4, 5, 6, 7].map { PasswordHash.make("Correct-Horse1", cost: $0) }
    for hash in hashes {
      for password in ["Correct-Horse1", "Correct-Horse2", "", String(repeating: "x", count: 73), "a\0b"] {
        #expect(
          try await checker.verify(password, against: hash) == (hash != nil && password == "Correct-Horse1"))
        #expect(costs.withLock { $0.reduce(0) { $0 + 1 << $1 } } == 1 << 7)
        costs.withLock { $0 = [] }
      }
    }
    #expect(hashes.map { $0?.cost } == [nil, 4, 5, 6, 7])
    // None takes more than today's.
    #expect(PasswordHash.readableCosts.upperBound == PasswordHash.cost)
    for cost in PasswordHash.readableCosts {
      #expect(PasswordHash(PasswordHash.dummy(cost: cost).text)?.cost == cost)
    }
  }

  @Test func whatCannotBeHashedIsRefused() async {
    let checker = PasswordChecker(cost: 4)
    for password in [String(repeating: "x", count: 73), "a\0b"] {
      await #expect(throws: PasswordRefusal.unusable) { try await checker.make(password) }
    }
    #expect(checker.load.withLock { $0.count } == 0)
  }

  /// One is hashed, sixteen wait, one more is told to come again; nobody is hashed beside another.
  @Test func moreThanSixteenDoNotWait() async throws {
    let checker = PasswordChecker(cost: 4)
    let gate = DispatchSemaphore(value: 0)
    let running = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0...PasswordChecker.waitingLimit {
        group.addTask {
          try await checker.perform {
            running.add(1)
            gate.wait()
            running.add(-1)
          }
        }
      }
      try await eventually("all have their places") {
        checker.load.withLock { $0.count } == PasswordChecker.waitingLimit + 1
      }
      await #expect(throws: PasswordRefusal.busy) {
        try await checker.verify("Correct-Horse1", against: .dummy)
      }
      await #expect(throws: PasswordRefusal.busy) { try await checker.make("Correct-Horse1") }
      #expect(running.highest <= 1)
      for _ in 0...PasswordChecker.waitingLimit { gate.signal() }
      try await group.waitForAll()
    }
    #expect(running.highest == 1)
    // The places are free again.
    #expect(try await !checker.verify("", against: PasswordHash.make("x", cost: 4)))
  }
}

/// How many are somewhere at once.
private final class Counter: Sendable {
  private let state = Lock((now: 0, highest: 0))
  var highest: Int { state.withLock { $0.highest } }
  func add(_ number: Int) {
    state.withLock { state in
      state.now += number
      state.highest = max(state.highest, state.now)
    }
  }
}
