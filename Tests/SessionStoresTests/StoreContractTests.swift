import Sessions
import System
import Testing

@Suite("Stores: the store as a whole") struct StoreContractTests {
  @Test(arguments: TestedStore.all)
  func aSecretIsMadeOnce(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.writer.secret("sessions", orElse: [1, 2, 0, 255]) == [1, 2, 0, 255])
    #expect(try store.writer.secret("sessions", orElse: [3]) == [1, 2, 0, 255])
    #expect(try store.writer.secret("others", orElse: [4]) == [4])
    try store.reopen()
    #expect(try store.writer.secret("sessions", orElse: [5]) == [1, 2, 0, 255])
  }

  @Test(arguments: TestedStore.all)
  func itSaysWhatAndWhereItIs(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(!store.tested.store.location.isEmpty)
    #expect(store.tested.store.kind.rawValue == kind.testDescription.lowercased())
  }

  @Test(arguments: TestedStore.all)
  func whatItTakesIsTold(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()))
    let before = try store.writer.usedBytes
    #expect(before > 0)
    try store.write(.putImage(.sample(1, count: 4 << 20), in: .sample))
    #expect(try store.writer.usedBytes >= before + (4 << 20))
  }

  /// A reader sees what was committed before its call, and nothing of it before.
  @Test(arguments: TestedStore.all)
  func readersSeeWhatWasCommitted(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let readers = try (0..<3).map { _ in try store.tested.store.makeReader() }
    for number in 0..<20 {
      try store.write(
        .putSession(.sample(updatedAt: Int64(number), messages: number + 1)),
        .putMessage(.user(number, "\(number)"), in: .sample))
      for reader in readers {
        let loaded = try #require(
          try reader.session([.sample], recent: RecentMessages(messages: 2, bytes: 0)))
        #expect(loaded.session.messageCount == number + 1)
        #expect(loaded.messages.last?.message.content == "\(number)")
      }
    }
  }

  @Test(arguments: TestedStore.all)
  func changesOfOthersAreNoticed(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putSession(.sample(.other)))
    _ = try store.writer.wasChangedByOthers()
    #expect(try !store.writer.wasChangedByOthers())
    try store.write(.updateSession(.sample(updatedAt: 1)))
    #expect(try !store.writer.wasChangedByOthers())

    let beside = try store.tested.openBeside()
    defer { beside.close() }
    let other = try beside.makeWriter()
    #expect(try other.commit([StoreWrite([.deleteSession(.other)])]) == [nil])
    #expect(try store.writer.wasChangedByOthers())
    #expect(try !store.writer.wasChangedByOthers())
    #expect(try store.session(.other) == nil)
    // Both go on.
    try store.write(.updateSession(.sample(updatedAt: 2)))
    #expect(try other.commit([StoreWrite([.deleteSession(.sample)])]) == [nil])
    #expect(try store.refusal(of: .updateSession(.sample())) == .sessionIsGone)
    #expect(try store.writer.wasChangedByOthers())
  }

  /// Where it breaks, nothing is half written, and the same group comes again.
  @Test(arguments: TestedStore.all)
  func connectionsThatBreak(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putMessage(.user(0), in: .sample))
    try store.tested.breakConnections()
    let group = [StoreWrite([.putMessage(.model(1), in: .sample), .updateSession(.sample(messages: 2))])]
    var errors: [StoreWriteError?]?
    var messages: [StoredMessage]?
    for _ in 0..<1000 where errors == nil || messages == nil {
      do throws(StoreError) {
        if errors == nil { errors = try store.openWriter?.commit(group) }
        messages = try store.openReader?.messages(of: .sample, from: 0, limit: 10, bytes: 1000)
      } catch {
        #expect(error.kind == .away, "\(error)")
      }
    }
    #expect(errors == [nil])
    #expect(messages == [.user(0), .model(1)])
  }
}
