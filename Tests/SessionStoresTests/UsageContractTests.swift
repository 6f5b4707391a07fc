import Sessions
import System
import Testing

@Suite("Stores: what was used") struct UsageContractTests {
  private func all(_ store: OpenStore) throws -> [StoredUsage] {
    try store.tested.store.makeFullReader().usage(after: nil, limit: 10_000)
  }

  private func counters(_ store: OpenStore) throws -> [StoredCounter] {
    try store.tested.store.makeFullReader().counters(limit: 10)
  }

  @Test("What is flushed is added, and a flush that comes again is not", arguments: TestedStore.all)
  func flushes(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    for number in 1...3 { try store.writeTwice(.addUsage(.sample(number))) }
    // One of before that comes late, and another process that counts from 1 as well.
    try store.write(.addUsage(.sample(2)))
    try store.write(.addUsage(.sample(1, run: -8)))
    try store.reopen()
    try store.writeTwice(.addUsage(.sample(3)))
    let usage = try all(store)
    #expect(usage.count == 2)
    for row in usage {
      for figure in StoredUsage.Figure.allCases {
        #expect(row[figure] == 4 * (StoredUsage.sample(row.account)[figure]), "\(figure)")
      }
    }
    #expect(try counters(store).map(\.amount) == [40, 28])
  }

  /// Which member of a group is at fault makes no difference to the others.
  @Test(arguments: TestedStore.all)
  func aFlushIsAMemberAsOthers(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let group = [
      StoreWrite([.addUsage(.sample(1))]), StoreWrite([.updateSession(.sample())]),
      StoreWrite([.addUsage(.sample(2))]),
    ]
    #expect(try store.writer.commit(group) == [nil, .sessionIsGone, nil])
    #expect(try store.writer.commit(group) == [nil, .sessionIsGone, nil])
    #expect(try all(store).map { $0[.requests] } == [2, 2])
  }

  @Test("Numbers that no server can mean are bounded, and sums have an end", arguments: TestedStore.all)
  func bounds(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let account = StoredUsage.Account(hour: 5, key: "a", model: "m")
    for number in 1...3 {
      var usage = StoredUsage(account)
      usage[.outputTokens] = .max
      usage[.inputTokens] = -7
      usage[.cachedTokens] = .min
      let counter = StoredCounter(
        subject: "key:a", counter: "tokens/total", window: StoredCounter.endless, amount: .max)
      try store.write(
        .addUsage(StoredUsageFlush(run: 1, number: number, time: .at(0), usage: [usage], counters: [counter]))
      )
    }
    let sums = try #require(try all(store).first)
    #expect(sums[.outputTokens] == 3 * StoredUsage.largestAddend && sums[.inputTokens] == -21)
    #expect(sums[.cachedTokens] == -3 * StoredUsage.largestAddend)
    #expect(try counters(store).map(\.amount) == [3 * StoredUsage.largestAddend])
  }

  @Test("The same account twice in a flush, and one of nothing", arguments: TestedStore.all)
  func odd(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let usage = StoredUsage.sample(StoredUsage.Account(hour: 5, key: "a\0b", model: "m"))
    try store.write(
      .addUsage(StoredUsageFlush(run: 1, number: 1, time: .at(0), usage: [usage, usage])),
      .addUsage(StoredUsageFlush(run: 1, number: 2, time: .at(0))))
    #expect(try all(store).map { $0[.requests] } == [2])
  }

  @Test("Deleting a key keeps what it has used, and not its counters", arguments: TestedStore.all)
  func deletion(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putKey(.sample("a")), .addUsage(.sample(1)))
    try store.writeTwice(.deleteKey(id: "a"))
    #expect(try all(store).count == 2)
    #expect(try counters(store).map(\.subject) == ["team:red"])
    try store.writeTwice(.deleteTeam(name: "red"))
    #expect(try counters(store).isEmpty)
    try store.write(.addUsage(.sample(2)))
    try store.writeTwice(.dropCounters(of: "team:red"))
    #expect(try counters(store).map(\.subject) == ["key:a"])
  }

  @Test(
    "With a key go the counters of those for whom it has asked, and of nobody else",
    arguments: TestedStore.all)
  func deletionOfUsers(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let subjects = [
      "key:a", "user:a:ann", "user:a:", "user:a:ü:b", "user:a", "user:aa:ann", "user:b:ann", "team:a",
      "key:aa",
    ]
    let all = subjects.map { StoredCounter(subject: $0, counter: "tokens/day", window: .at(0), amount: 1) }
    try store.write(
      .putKey(.sample("a")), .addUsage(StoredUsageFlush(run: 1, number: 1, time: .at(0), counters: all)))
    try store.writeTwice(.deleteKey(id: "a"))
    #expect(
      try counters(store).map(\.subject).sorted() == [
        "key:aa", "team:a", "user:a", "user:aa:ann", "user:b:ann",
      ])
    try store.writeTwice(.dropCounters(of: "key:b"))
    #expect(try counters(store).map(\.subject).sorted() == ["key:aa", "team:a", "user:a", "user:aa:ann"])
    try store.writeTwice(.dropCounters(of: "user:a"))
    #expect(try counters(store).map(\.subject).sorted() == ["key:aa", "team:a", "user:aa:ann"])
  }

  @Test(arguments: TestedStore.all)
  func whatIsOldIsForgotten(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let counters = [StoredCounter.endless, .at(0), .at(1000), .at(2000)].map {
      StoredCounter(subject: "key:a", counter: "tokens/day", window: $0, amount: 1)
    }
    try store.write(.addUsage(StoredUsageFlush(run: 1, number: 1, time: .at(0), counters: counters)))
    let some = try store.reader.counters(
      of: [.at(1000), StoredCounter.endless, .at(1000), .at(7)], limit: 10)
    #expect(some.map(\.window).sorted() == [StoredCounter.endless, .at(1000)])
    #expect(try store.reader.counters(of: [], limit: 10).isEmpty)
    #expect(try store.reader.counters(of: [.at(0), .at(1000)], limit: 0).isEmpty)
    try store.writeTwice(.dropOldCounters(before: .at(1000)))
    #expect(try self.counters(store).map(\.window) == [StoredCounter.endless, .at(1000), .at(2000)])
    let usage = [5, 6, 7].map { StoredUsage.sample(StoredUsage.Account(hour: $0)) }
    try store.write(.addUsage(StoredUsageFlush(run: 2, number: 1, time: .now, usage: usage)))
    try store.writeTwice(.dropUsage(before: 6))
    #expect(try all(store).map(\.account.hour) == [6, 7])
    // The flush of before is forgotten with what was old, and not one that may come again.
    try store.write(.addUsage(StoredUsageFlush(run: 2, number: 1, time: .now, usage: usage)))
    #expect(try all(store).map(\.account.hour) == [6, 7])
  }

  // MARK: Questions

  @Test("Sums by whatever is asked for, as if all was in memory", arguments: TestedStore.all)
  func questions(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    var usage: [StoredUsage] = []
    for hour in [470_000, 470_001, 470_023, 470_040] {
      for (place, names) in ["a red ann m1", "a red ann m2", "b red bob m1", "c blue ann é", "    "]
        .enumerated()
      {
        let names = names.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        var row = StoredUsage.sample(
          StoredUsage.Account(hour: hour, key: names[0], team: names[1], user: names[2], model: names[3]))
        row[.outputTokens] = hour % 100 + place
        usage.append(row)
      }
    }
    try store.write(.addUsage(StoredUsageFlush(run: 1, number: 1, time: .now, usage: usage)))
    var count = 0
    for flags in 0..<16 {
      for step in [UsageQuestion.Step.all, .day, .hour] {
        var question = UsageQuestion(hours: 470_001..<470_040)
        question.step = step
        question.byKey = flags & 1 > 0
        question.byTeam = flags & 2 > 0
        question.byUser = flags & 4 > 0
        question.byModel = flags & 8 > 0
        let expected = question.answer(from: usage)
        #expect(try store.reader.usage(question) == expected, "\(question)")
        count += expected.count
        question.skip = 1
        question.limit = 2
        #expect(try store.reader.usage(question) == Array(expected.dropFirst().prefix(2)))
      }
    }
    #expect(count > 100)
    for (path, name) in [
      (\UsageQuestion.key, "a"), (\.team, "blue"), (\.user, "ann"), (\.model, "é"), (\.user, ""),
    ] {
      var question = UsageQuestion(hours: 0..<UsageQuestion.lastHour)
      question[keyPath: path] = name
      question.byModel = true
      let expected = question.answer(from: usage)
      #expect(!expected.isEmpty)
      #expect(try store.reader.usage(question) == expected, "\(name)")
    }
    #expect(try store.reader.usage(UsageQuestion(hours: 5..<9)).isEmpty)
  }

  @Test("Paged, each comes once and in its order", arguments: TestedStore.all)
  func pages(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let usage = (0..<60).map { number in
      StoredUsage.sample(
        StoredUsage.Account(
          hour: number / 20, key: number % 3 == 0 ? "" : "k\(number % 7)", model: "m\(number % 20)"))
    }
    try store.write(.addUsage(StoredUsageFlush(run: 1, number: 1, time: .now, usage: usage)))
    let reader = try store.tested.store.makeFullReader()
    var found: [StoredUsage] = []
    while true {
      let page = try reader.usage(after: found.last?.account, limit: 7)
      if page.isEmpty { break }
      found += page
    }
    #expect(found == usage.sorted { $0.account < $1.account })
  }
}
