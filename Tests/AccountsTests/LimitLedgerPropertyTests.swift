import Access
import Accounts
import Limits
import System
import Testing

/// Random events, and what holds after each of them.
@Suite("Limits under random events") struct LimitLedgerPropertyTests {
  /// Five times 20,000 events are 10^5.
  @Test(arguments: 1...5)
  func holdsWhatItPromises(seed: UInt64) {
    var random = RandomRequests(seed: seed)
    for _ in 0..<20_000 where random.problems.isEmpty { random.step() }
    random.finish()
    #expect(random.problems.isEmpty, "\(random.problems.prefix(3))")
    #expect(random.admitted > 500)
    #expect(random.refused > 500)
  }

  @Test func addressesThatWereNotSeenForLongAreForgotten() throws {
    var bounds = AccessControl.Bounds()
    bounds.addresses = 16
    let world = AccountsWorld(bounds: bounds)
    func subjects(_ number: UInt32) -> [LimitedSubject] {
      AccountsWorld.limited(LimitSet(rpm: 2), .address(.v4(number)))
    }
    for number in 0..<UInt32(16) { #expect(world.admit(subjects(number)).admitted != nil) }
    #expect(world.admit(subjects(0)).admitted != nil)
    #expect(world.admit(subjects(99)).admitted != nil)
    #expect(world.control.figures.addresses == 16)
    #expect(world.control.figures.forgotten == 1)
    // The first has been used again, the second has gone.
    #expect(world.admit(subjects(0)).refusal != nil)
    #expect(world.remaining(.rpm, subjects(1)) == 2)
    #expect(world.remaining(.rpm, subjects(2)) == 1)
  }

  /// A key may name any number of users.
  @Test func usersPushOutNoKey() throws {
    var bounds = AccessControl.Bounds()
    bounds.subjects = 16
    let world = AccountsWorld(bounds: bounds)
    let key = AccountsWorld.limited(LimitSet(rpd: 1))
    let team = AccountsWorld.limited(LimitSet(rpd: 1), .team(AccountsWorld.team))
    #expect(world.admit(key).admitted != nil && world.admit(team).admitted != nil)
    for number in 0..<100 {
      let user = try #require(UserName("user-\(number)"))
      #expect(
        world.admit(AccountsWorld.limited(LimitSet(rpd: 1), .keyUser(AccountsWorld.otherKey, user))).admitted
          != nil)
    }
    #expect(world.control.figures.subjects == 18)
    #expect(world.admit(key).refusal != nil && world.admit(team).refusal != nil)
  }

  @Test func whoHasUsedNothingAnyMoreIsForgotten() throws {
    var world = AccountsWorld()
    func use(_ number: UInt32) {
      let subjects = AccountsWorld.limited(LimitSet(rpm: 1000), .address(.v4(number)))
      world.settle(world.admit(subjects).admitted, Usage())
    }
    for number in 0..<UInt32(5000) { use(number) }
    #expect(world.control.figures.addresses == 5000)
    world.milliseconds = 60_000
    for number in 5000..<UInt32(7000) { use(number) }
    #expect(world.control.figures.addresses <= 2100)
    #expect(world.control.figures.forgotten == 0)
  }

  @Test func whoIsForgottenWhileTheyRunHarmsNobody() throws {
    var bounds = AccessControl.Bounds()
    bounds.addresses = 8
    bounds.requests = 4
    let world = AccountsWorld(bounds: bounds)
    var running: [Reservation] = []
    for number in 0..<UInt32(50) {
      let subjects = AccountsWorld.limited(LimitSet(tpm: 1000, concurrent: 1), .address(.v4(number % 20)))
      if let admitted = world.admit(subjects).admitted { running.append(admitted) }
    }
    #expect(world.control.figures.requests == 4)
    #expect(world.control.figures.abandoned == running.count - 4)
    for admitted in running { world.settle(admitted, Usage(inputTokens: 10)) }
    #expect(world.control.figures.requests == 0)
    for number in 0..<UInt32(20) {
      let subjects = AccountsWorld.limited(LimitSet(tpm: 1000, concurrent: 1), .address(.v4(number)))
      #expect(world.remaining(.concurrent, subjects) == 1)
    }
  }
}

/// Requests of two keys of one team, which the test counts as well.
private struct RandomRequests {
  private var world = AccountsWorld()
  private var state: UInt64
  private var running: [(admitted: Reservation, key: Int, reserved: Int)] = []
  /// What each key and the team have been let take, less what came back.
  private var requests = [0, 0, 0]
  private var tokens = [0, 0, 0]
  private var open = [0, 0, 0]
  private(set) var admitted = 0
  private(set) var refused = 0
  private(set) var problems: [String] = []

  private static let limits = [
    LimitSet(rpm: 30, tpm: 20_000, concurrent: 6), LimitSet(rpm: 90, tpm: 9000, concurrent: 20),
    LimitSet(rpm: 100, tpm: 26_000, concurrent: 8),
  ]
  private static let subjects: [LimitSubject] = [
    .key(AccountsWorld.key), .key(AccountsWorld.otherKey), .team(AccountsWorld.team),
  ]

  init(seed: UInt64) { state = seed }

  private mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }

  mutating func step() {
    world.milliseconds += Int64(below(400))
    if running.isEmpty || below(2) == 0 { ask() } else { end(below(running.count)) }
  }

  private mutating func ask() {
    let key = below(2)
    let subjects = [key, 2].map { LimitedSubject(Self.subjects[$0], Self.limits[$0]) }
    let text = below(300)
    let output = below(500)
    let before = world.control.standings(of: subjects, at: world.now, world.wall)
    let demand = Demand(textBytes: text * 4, askedOutput: output, isStream: below(2) == 0)
    // Each has a model of its own, of which nothing is learned: what is reserved is known.
    let account = AccountsWorld.account("model", key: nil)
    guard let granted = world.admit(subjects, demand, account).admitted else {
      refused += 1
      if world.control.standings(of: subjects, at: world.now, world.wall) != before {
        problems.append("a refused request has taken something")
      }
      return
    }
    admitted += 1
    running.append((granted, key, text + output))
    for subject in [key, 2] {
      requests[subject] += 1
      tokens[subject] += text + output
      open[subject] += 1
      check(subject)
    }
  }

  private mutating func end(_ index: Int) {
    let (granted, key, reserved) = running.remove(at: index)
    let isSent = below(5) > 0
    let used = isSent ? below(reserved + 1) : 0
    if isSent {
      world.settle(granted, Usage(outputTokens: used), .failed)
    } else {
      world.cancel(granted)
    }
    for subject in [key, 2] {
      if !isSent { requests[subject] -= 1 }
      tokens[subject] -= reserved - used
      open[subject] -= 1
      check(subject)
    }
  }

  private mutating func check(_ subject: Int) {
    let limits = Self.limits[subject]
    let windows = 1 + Double(world.milliseconds) / 60_000
    if Double(requests[subject]) > windows * Double(limits.rpm ?? 0) {
      problems.append("too many requests of \(subject)")
    }
    if Double(tokens[subject]) > windows * Double(limits.tpm ?? 0) {
      problems.append("too many tokens of \(subject)")
    }
    if open[subject] > limits.concurrent ?? 0 { problems.append("too many at once of \(subject)") }
    let left = world.remaining(.concurrent, [LimitedSubject(Self.subjects[subject], limits)])
    if left != (limits.concurrent ?? 0) - open[subject] {
      problems.append("places of \(subject): \(left ?? -1)")
    }
  }

  /// All end, and nothing is held.
  mutating func finish() {
    while !running.isEmpty { end(running.count - 1) }
    world.milliseconds += 60_000
    for (subject, limits) in zip(Self.subjects, Self.limits) {
      for standing in world.control.standings(
        of: [LimitedSubject(subject, limits)], at: world.now, world.wall)
      where standing.remaining != standing.limit { problems.append("\(subject): \(standing)") }
    }
  }
}
