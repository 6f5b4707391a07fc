import Access
import Accounts
import Limits
import System
import Testing

/// What a request reserves, seen by what is left.
@Suite("What prompts and responses are expected to be") struct TokenEstimateTests {
  private static let most = 100_000_000_000
  private static let subjects = AccountsWorld.limited(LimitSet(tpm: most))

  private static func reserved(
    _ world: AccountsWorld, _ demand: Demand, _ account: UsageAccount = AccountsWorld.account()
  ) -> Int {
    let before = world.remaining(.tpm, subjects) ?? 0
    let admitted = world.admit(subjects, demand, account).admitted
    defer { world.cancel(admitted) }
    return before - (world.remaining(.tpm, subjects) ?? 0)
  }

  private static func teach(_ world: AccountsWorld, _ demand: Demand, _ usage: Usage, times: Int = 200) {
    for _ in 0..<times { world.settle(world.admit(subjects, demand).admitted, usage) }
  }

  @Test func firstGuesses() {
    let world = AccountsWorld()
    #expect(Self.reserved(world, Demand(textBytes: 401, askedOutput: 0)) == 101)
    #expect(Self.reserved(world, Demand(textBytes: 0, images: 2, askedOutput: 0)) == 2048)
    #expect(Self.reserved(world, Demand(textBytes: 0, askedOutput: 50)) == 50)
    #expect(Self.reserved(world, Demand(textBytes: 0, askedOutput: 50_000)) == 4096)
    #expect(Self.reserved(world, Demand(textBytes: 0)) == 4096)
  }

  @Test func bytesOfATokenAreLearnedByModel() {
    let world = AccountsWorld()
    Self.teach(world, Demand(textBytes: 3000, askedOutput: 0), Usage(inputTokens: 1000))
    let reserved = Self.reserved(world, Demand(textBytes: 3000, askedOutput: 0))
    #expect(abs(reserved - 1000) <= 2)
    #expect(
      Self.reserved(world, Demand(textBytes: 400, askedOutput: 0), AccountsWorld.account("other")) == 100)
    // Another key's model is the same model.
    let other = AccountsWorld.account(key: AccountsWorld.otherKey)
    #expect(abs(Self.reserved(world, Demand(textBytes: 3000, askedOutput: 0), other) - 1000) <= 2)
  }

  @Test func tokensOfAnImageAreLearned() {
    let world = AccountsWorld()
    let demand = Demand(textBytes: 400, images: 2, askedOutput: 0)
    Self.teach(world, demand, Usage(inputTokens: 100 + 2 * 256))
    #expect(abs(Self.reserved(world, demand) - (100 + 2 * 256)) <= 2)
  }

  @Test func nineOfTenResponsesAreNotLonger() {
    let world = AccountsWorld()
    let demand = Demand(textBytes: 0)
    for length in 1...7 { Self.teach(world, demand, Usage(outputTokens: length), times: 1) }
    #expect(Self.reserved(world, demand) == 4096, "a few tell nothing")
    for length in 1...1000 { Self.teach(world, demand, Usage(outputTokens: length), times: 1) }
    let reserved = Self.reserved(world, demand)
    #expect((900...1300).contains(reserved))
    #expect(Self.reserved(world, Demand(textBytes: 0, askedOutput: 20)) == 20)
    #expect(Self.reserved(world, demand, AccountsWorld.account(key: AccountsWorld.otherKey)) == 4096)
    // What is longer than any bucket is.
    Self.teach(world, demand, Usage(outputTokens: 50_000), times: 1000)
    #expect(Self.reserved(world, demand) == 4096)
  }

  /// After each response it is what counting all of them anew says.
  @Test(arguments: [(1, 10_000), (1, 40), (100, 300)])
  func theNinetiethIsThatOfAllResponses(lengths: (Int, Int)) {
    // The ends of the buckets: powers of the square root of two, rounded down.
    let ends = (0..<25).map { $0 % 2 == 0 ? 1 << ($0 / 2) : (1 << ($0 / 2)) * 181 / 128 }
    let world = AccountsWorld()
    let demand = Demand(textBytes: 0)
    var counts = Array(repeating: 0, count: 26)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3000 {
      // Short ones are more frequent, and what is usual changes.
      let length = Int.random(
        in: lengths.0...Int.random(in: lengths.0...lengths.1, using: &random), using: &random)
      Self.teach(world, demand, Usage(outputTokens: length), times: 1)
      counts[ends.firstIndex { length <= $0 } ?? 25] += 1
      if counts.reduce(0, +) >= 512 { counts = counts.map { $0 / 2 } }
      let total = counts.reduce(0, +)
      var seen = 0
      let ninth = counts.firstIndex { count in
        seen += count
        return seen >= (total * 9 + 9) / 10
      }
      guard total >= 8, let ninth else { continue }
      let expected = ninth < 25 ? ends[ninth] : 4096
      #expect(Self.reserved(world, demand) == expected)
    }
  }

  /// Of what the client's own limit has ended nobody knows how long it would have been.
  @Test func whatTheClientHasCutShortMakesNothingCheaper() {
    let world = AccountsWorld()
    let whole = Demand(textBytes: 0)
    for asked in [1, 2, 100] {
      let demand = Demand(textBytes: 0, askedOutput: asked)
      Self.teach(world, demand, Usage(outputTokens: asked))
      Self.teach(world, demand, Usage(outputTokens: asked + 1))
      #expect(Self.reserved(world, whole) == 4096)
    }
    // What has ended before its limit teaches, and what is longer than what was usual.
    Self.teach(world, Demand(textBytes: 0, askedOutput: 500), Usage(outputTokens: 90))
    #expect(Self.reserved(world, whole) == 90)
    Self.teach(world, Demand(textBytes: 0, askedOutput: 20), Usage(outputTokens: 20), times: 1000)
    #expect(Self.reserved(world, whole) == 90)
    Self.teach(world, Demand(textBytes: 0, askedOutput: 2000), Usage(outputTokens: 2000), times: 1000)
    #expect(Self.reserved(world, whole) == 2048)
  }

  @Test func whatIsCutOffTeachesNothing() {
    let world = AccountsWorld()
    for _ in 0..<100 {
      let admitted = world.admit(Self.subjects, Demand(textBytes: 400)).admitted
      world.settle(admitted, Usage(inputTokens: 400, outputTokens: 1), .cutOff)
    }
    #expect(Self.reserved(world, Demand(textBytes: 400, askedOutput: 0)) == 100)
    #expect(Self.reserved(world, Demand(textBytes: 0)) == 4096)
  }

  /// What was reserved, or what the time may have come to.
  @Test func whatNobodyHasSeenIsCharged() throws {
    let world = AccountsWorld()
    func charged(_ seconds: Int, _ demand: Demand, _ model: String) throws -> Int {
      let admitted = try #require(world.admit(Self.subjects, demand, AccountsWorld.account(model)).admitted)
      let record = UsageRecord(Usage(evalMicroseconds: seconds * 1_000_000), status: 499, .unseen)
      let usage = try #require(world.control.settle(admitted, record, at: world.now, world.wall))
      #expect(usage.inputTokens == 100)
      return usage.outputTokens
    }
    let demand = Demand(textBytes: 400)
    #expect(try charged(2, demand, "m") == 4096)
    #expect(try charged(2, Demand(textBytes: 400, askedOutput: 50), "m") == 50)
    #expect(try charged(2, Demand(textBytes: 400, askedOutput: 0), "m") == 0)
    // It is known from what Ollama says of its times alone.
    for (model, prompt) in [("timed", 1000), ("m", 0)] {
      let admitted = world.admit(Self.subjects, demand, AccountsWorld.account(model)).admitted
      world.settle(
        admitted,
        Usage(
          inputTokens: 100, outputTokens: 100, promptMicroseconds: prompt, evalMicroseconds: 2_000_000))
    }
    #expect(try charged(2, demand, "timed") == 100)
    #expect(try charged(0, demand, "timed") == 0)
    #expect(try charged(2, Demand(textBytes: 400, askedOutput: 50), "timed") == 50)
    #expect(try charged(1_000_000, demand, "timed") == 4096)
    #expect(try charged(2, demand, "m") == 4096)
  }

  /// However many models and keys there are.
  @Test func theTablesAreBounded() {
    let world = AccountsWorld()
    for model in 0..<20_000 {
      let account = AccountsWorld.account("model-\(model)")
      world.settle(
        world.admit(Self.subjects, Demand(textBytes: 100), account).admitted,
        Usage(inputTokens: 50, outputTokens: 5))
    }
    #expect(
      Self.reserved(world, Demand(textBytes: 400, askedOutput: 0), AccountsWorld.account("model-0")) == 100)
    #expect(
      Self.reserved(world, Demand(textBytes: 4000, askedOutput: 0), AccountsWorld.account("model-19999"))
        > 1000)
  }
}
