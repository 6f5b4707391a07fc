import Access
import Accounts
import Dispatch
import GatewayTesting
import Limits
import SQLiteStore
import Sessions
import System
import Testing

@testable import AccessStorage

@Suite struct AccessKeeperTests {
  private let folder = TemporaryFolder()

  @Test func whatIsChangedIsInForceAndStored() async throws {
    let first = try await OpenKeeper(folder)
    #expect(!first.control.keys.isClosed)
    try await first.keeper.add(.sample(1))
    try await first.keeper.add(.sample(2))
    try await first.keeper.put(.sample("red"), onlyIfNew: true)
    let changed = try await first.keeper.change(KeyRecord.sample(1).id) { $0.isDisabled = true }
    #expect(changed.isDisabled)
    try await first.keeper.delete(KeyRecord.sample(2).id)
    await #expect(throws: AccessError.keyExists) { try await first.keeper.add(.sample(1)) }
    await #expect(throws: AccessError.noKey) { try await first.keeper.delete(KeyRecord.sample(2).id) }
    #expect(first.control.keys.isClosed)
    #expect(first.control.keys.all.map(\.key) == [changed])
    await first.close()
    let second = try await OpenKeeper(folder)
    #expect(second.control.keys.isClosed)
    #expect(second.control.keys.all.map(\.key) == [changed])
    #expect(second.control.keys.allTeams == [.sample("red")])
    try await second.keeper.delete(KeyRecord.sample(1).id)
    await second.close()
    let third = try await OpenKeeper(folder)
    #expect(third.control.keys.isClosed && third.control.keys.isEmpty)
    await third.close()
  }

  @Test("Changes at one moment all count") func changesAtOnce() async throws {
    let opened = try await OpenKeeper(folder)
    try await opened.keeper.add(.sample(1))
    let keeper = opened.keeper
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask { try await keeper.change(KeyRecord.sample(1).id) { $0.weight += 1 } }
      }
      try await group.waitForAll()
    }
    #expect(opened.control.keys[KeyRecord.sample(1).id]?.key?.weight == 150)
    await opened.close()
  }

  @Test func changesOfOthersAreSeen() async throws {
    let opened = try await OpenKeeper(folder)
    let limits = SessionLimits(
      sessions: 10, totalBytes: 1 << 20, timeToLive: .seconds(60), contextMessages: 9, contextBytes: 1 << 20,
      grace: .seconds(9), retention: .seconds(9))
    let registry = SessionRegistry(limits: limits, storage: opened.storage)
    await registry.startRetention()
    try opened.beside { (book) throws(AccessError) in try book.add(.sample(1)) }
    while opened.control.keys.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    #expect(opened.control.keys.isClosed)
    try opened.beside { (book) throws(AccessError) in
      _ = try book.change(KeyRecord.sample(1).id) { $0.isDisabled = true }
      try book.add(.sample(2))
    }
    while opened.control.keys.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(opened.control.keys[KeyRecord.sample(1).id]?.key?.isDisabled == true)
    await opened.close()
  }

  /// However many ask, none of them comes back before what was there when it asked is in force.
  @Test func whoAsksSeesWhatOthersHaveChanged() async throws {
    let opened = try await OpenKeeper(folder)
    let (keeper, control) = (opened.keeper, opened.control)
    for number in 1...10 {
      try opened.beside { (book) throws(AccessError) in try book.add(.sample(number)) }
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<50 {
          group.addTask {
            await keeper.look()
            return control.keys.count == number
          }
        }
        #expect(await group.allSatisfy { $0 })
      }
    }
    await opened.close()
    await keeper.look()
  }

  /// Whoever asks a store that hangs is let go, and who asks then waits for nothing.
  @Test func nobodyWaitsForAStoreThatHangs() async throws {
    let opened = try await OpenKeeper(folder)
    let (keeper, readers) = (opened.keeper, opened.storage.readers)
    let gate = DispatchSemaphore(value: 0)
    let count = 4
    let stuck = (0..<count).map { _ in
      Task { try await readers.read { (_) throws(StoreError) in gate.wait() } }
    }
    for _ in 0..<3 {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<10 { group.addTask { await keeper.look() } }
      }
    }
    for _ in 0..<count { gate.signal() }
    for task in stuck { try await task.value }
    try opened.beside { (book) throws(AccessError) in try book.add(.sample(1)) }
    while opened.control.keys.isEmpty { await keeper.look() }
    await opened.close()
  }

  @Test("A change that another process was faster with is made on what there is then") func conflict()
    async throws
  {
    let opened = try await OpenKeeper(folder)
    try await opened.keeper.add(.sample(1))
    try opened.beside { (book) throws(AccessError) in
      try book.change(KeyRecord.sample(1).id) { $0.name = "theirs" }
    }
    let key = try await opened.keeper.change(KeyRecord.sample(1).id) { $0.weight = 7 }
    #expect(key.name == "theirs" && key.weight == 7)
    try opened.beside { (book) throws(AccessError) in try book.delete(KeyRecord.sample(1).id) }
    await #expect(throws: AccessError.noKey) {
      try await opened.keeper.change(KeyRecord.sample(1).id) { $0.weight = 8 }
    }
    #expect(opened.control.keys.isEmpty && opened.control.keys.isClosed)
    await opened.close()
  }

  @Test("Its own changes are not read again") func ownChanges() async throws {
    let opened = try await OpenKeeper(folder)
    try await opened.keeper.add(.sample(1))
    try await opened.keeper.change(KeyRecord.sample(1).id) { $0.weight = 7 }
    let generation = opened.control.generation
    await opened.keeper.readAgain()
    #expect(opened.control.generation == generation)
    await opened.close()
  }

  // MARK: Stores that fail

  @Test(
    "A store whose keys cannot be read keeps what is known, and opens nothing",
    arguments: [
      "UPDATE api_keys SET document = x'00'", "DELETE FROM access", "DROP TABLE api_keys",
    ])
  func damage(_ statement: String) async throws {
    let opened = try await OpenKeeper(folder)
    try await opened.keeper.add(.sample(1))
    try SQLiteFile.run(statement + "; UPDATE access SET revision = revision + 1", at: opened.path)
    await opened.keeper.readAgain()
    await opened.keeper.readAgain()
    #expect(opened.control.keys.isClosed)
    #expect(opened.control.keys.ids == [KeyRecord.sample(1).id])
    // It is told once.
    #expect(opened.notes.withLock { $0.count { $0.hasPrefix("cannotRead") } } == 1)
    await opened.close()
    // And the next start ends.
    await #expect(throws: StoreError.self) { _ = try await OpenKeeper(folder) }
  }

  @Test("A store that is put back to before the first key opens nothing while the gateway runs")
  func putBack()
    async throws
  {
    let opened = try await OpenKeeper(folder)
    try await opened.keeper.add(.sample(1))
    try SQLiteFile.run(
      "DELETE FROM api_keys; UPDATE access SET closed_at = NULL, revision = 77", at: opened.path)
    await opened.keeper.readAgain()
    #expect(opened.control.keys.isEmpty && opened.control.keys.isClosed)
    await opened.close()
  }

  @Test func aStoreThatHasGoneTakesNoKey() async throws {
    let opened = try await OpenKeeper(folder)
    try await opened.keeper.add(.sample(1))
    try SQLiteFile.move(opened.path, to: opened.path + ".away")
    let error = await #expect(throws: AccessError.self) { try await opened.keeper.add(.sample(2)) }
    guard case .store = error else { throw Unexpected(error: error) }
    #expect(opened.control.keys.ids == [KeyRecord.sample(1).id])
    opened.control.noteRequest(of: .sample(1), tokens: 5)
    try SQLiteFile.move(opened.path + ".away", to: opened.path)
    // What was used meanwhile is stored when it is back.
    while try await opened.usage().isEmpty {
      _ = try? await opened.storage.writer.ask { writer throws(StoreError) in try writer.commit([]) }
      if let flush = opened.control.nextFlush() { await opened.keeper.store(flush) }
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(try await opened.usage().map { $0[.outputTokens] } == [5])
    await opened.close()
  }

  private struct Unexpected: Error { let error: AccessError? }

  // MARK: Usage

  @Test func whatWasUsedIsStoredOnceAndAtTheEnd() async throws {
    let opened = try await OpenKeeper(folder)
    opened.control.noteRequest(of: .sample(1), tokens: 5)
    let flush = try #require(opened.control.nextFlush())
    await opened.keeper.store(flush)
    // As if nobody knew whether it went through.
    await opened.keeper.store(flush)
    opened.control.noteRequest(of: .sample(1), tokens: 7)
    await opened.close()
    let second = try await OpenKeeper(folder)
    second.control.noteRequest(of: .sample(2), tokens: 1)
    await second.close()
    let third = try await OpenKeeper(folder)
    let usage = try await third.usage()
    #expect(usage.map(\.account.key) == [1, 2].map { KeyRecord.sample($0).id.text })
    #expect(usage.map { $0[.outputTokens] } == [12, 1])
    #expect(usage.map { $0[.requests] } == [2, 1])
    await third.close()
  }

  @Test("What an outage has left goes to the store in parts, each of them once") func parts() async throws {
    let opened = try await OpenKeeper(folder)
    let count = 2 * UsageDocuments.partRows + 7
    for number in 0..<count {
      let account = UsageAccount(key: nil, team: nil, user: nil, model: "m\(number)")
      opened.control.note(UsageRecord(Usage(outputTokens: 3), status: 200, .counted), of: account, at: .now)
    }
    let flush = try #require(opened.control.nextFlush())
    #expect(
      UsageDocuments.stored(flush, [:], at: .now).map(\.usage.count) == [
        UsageDocuments.partRows, UsageDocuments.partRows, 7,
      ])
    // As if the process had gone in the middle.
    let first = try #require(UsageDocuments.stored(flush, [:], at: .now).first)
    try await opened.write(.addUsage(first))
    await opened.keeper.store(flush)
    await opened.keeper.store(flush)
    opened.control.noteRequest(of: .sample(1), tokens: 4)
    await opened.close()
    let second = try await OpenKeeper(folder)
    let sums = try await second.keeper.usage(UsageQuestion(hours: 0..<UsageQuestion.lastHour))
    #expect(sums.map { $0[.requests] } == [count + 1])
    #expect(sums.map { $0[.outputTokens] } == [3 * count + 4])
    await second.close()
  }

  @Test func whatCountsTowardBudgetsOutlivesTheProcess() async throws {
    let subject = LimitedSubject(.key(KeyRecord.sample(1).id), Self.limits)
    func left(_ control: AccessControl) -> [Int] {
      control.standings(of: [subject], at: .now, .now).map(\.remaining)
    }
    let opened = try await OpenKeeper(folder)
    let account = UsageAccount(key: KeyRecord.sample(1).id, team: nil, user: nil, model: "m:1b")
    guard
      case .admitted(let admitted) = opened.control.admit(
        Demand(textBytes: 40, askedOutput: 10), of: account, for: [subject], at: .now, .now)
    else { throw Unexpected(error: nil) }
    opened.control.settle(
      admitted,
      UsageRecord(
        Usage(inputTokens: 10, outputTokens: 30, evalMicroseconds: 2_000_000), status: 200, .counted),
      at: .now, .now)
    let before = left(opened.control)
    #expect(before != left(AccessControl()))
    await opened.close()
    let second = try await OpenKeeper(folder)
    #expect(left(second.control) == before)
    await second.close()
  }

  private static var limits: LimitSet {
    var limits = LimitSet.none
    limits.rpd = 100
    limits.tpd = 100_000
    limits.budgets = [
      Budget(unit: .tokens, period: .month, amount: 1000),
      Budget(unit: .gpuSeconds, period: .total, amount: 60),
    ].compactMap { $0 }
    return limits
  }

  // MARK: Without a store

  @Test func withoutAStoreKeysComeFromTheFileAlone() async throws {
    let control = AccessControl()
    let keeper = AccessKeeper(nil, for: control)
    try await keeper.start(fileKeys: nil)
    #expect(!control.keys.isClosed)
    await #expect(throws: AccessError.noStore) { try await keeper.add(.sample(1)) }
    keeper.use(fileKeys: [.sample(1)])
    #expect(control.keys.isClosed && control.keys.count == 1)
    keeper.use(fileKeys: [])
    #expect(control.keys.isClosed && control.keys.isEmpty)
    for tokens in [3, 4] {
      control.noteRequest(of: .sample(1), tokens: tokens)
      let usage = try await keeper.usage(UsageQuestion(hours: 0..<UsageQuestion.lastHour))
      #expect(usage.map { $0[.outputTokens] } == [tokens == 3 ? 3 : 7])
    }
    await keeper.stop(within: .zero)
  }
}
