import GatewayTesting
import Glibc
import Sessions
import Testing

@testable import SQLiteStore

/// What the store says when it cannot do what it is asked for, and that nothing is lost by it.
@Suite struct FailureTests {
  private let folder = Folder()

  /// Runs something that fails.
  private func failure(_ body: () throws -> Void) throws -> StoreError {
    do {
      try body()
    } catch let error as StoreError {
      return error
    }
    throw StoreError(.unusable, "it has not failed")
  }

  @Test func aFullStoreTakesWritesAgainWhenThereIsRoom() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try SQLiteWriter(
      store.file, durability: .full, maximumBytes: 1 << 20, checkpointer: nil, isBeside: false)
    try writer.put("small", saying: "Hello")
    try writer.put("large", saying: String(repeating: "x", count: 400 << 10))
    let used = writer.usedBytes
    let error = try failure { try writer.put("s3", saying: String(repeating: "x", count: 800 << 10)) }
    #expect(error.kind == .full)
    #expect(error.description.contains("store_max"))
    #expect(writer.usedBytes == used)
    // The whole group: nothing of it may be taken for written.
    #expect(throws: StoreError.self) {
      try writer.commit([
        StoreWrite([.deleteSession(StoreKey(stored: "small"))]),
        StoreWrite([
          .putImage(
            StoredImage(
              digest: try #require(ImageDigest(bytes: [UInt8](repeating: 1, count: 32))), mediaType: .png,
              bytes: [UInt8](repeating: 1, count: 800 << 10)), in: StoreKey(stored: "large"))
        ]),
      ])
    }
    #expect(try folder.texts("small") == ["Hello"])
    #expect(try writer.commit([StoreWrite([.deleteSession(StoreKey(stored: "large"))])]) == [nil])
    #expect(writer.usedBytes < used)
    try writer.put("s3", saying: String(repeating: "x", count: 800 << 10))
    #expect(try folder.texts("small") == ["Hello"])
  }

  /// The bound of the settings has room behind it, for turns that were taken before it was reached.
  @Test func theBoundHasRoomBehindIt() throws {
    let store = try folder.open(maximumBytes: 1 << 20)
    defer { store.close() }
    let writer = try store.makeWriter()
    for number in 0..<4 { try writer.put("s\(number)", saying: String(repeating: "x", count: 1 << 20)) }
    #expect(writer.usedBytes > 4 << 20)
    for bytes in [Int.max, 0, -1, .min] {
      store.close()
      let store = try folder.open(maximumBytes: bytes)
      defer { store.close() }
      try store.makeWriter().put("of \(bytes)", saying: "Hello")
    }
  }

  /// A disk of one MiB: in a mount namespace of its own, as root.
  @Test(.enabled(if: Privileges.canMount))
  func aFullDisk() throws {
    let script = "mount -t tmpfs -o size=1m tmpfs \(folder.folder.path) && exec \"$0\" \"$@\""
    let process = try StoreProcess(
      ["write", folder.path, "0"], under: ["unshare", "-m", "sh", "-c", script])
    var last: String?
    while let line = process.line() { last = line }
    #expect(last?.hasPrefix("full: ") == true, "\(last ?? "")")
    #expect(last?.contains("there is no room") == true)
    // There was not even room to begin.
    let none = "mount -t tmpfs -o size=4k tmpfs \(folder.folder.path) && exec \"$0\" \"$@\""
    let second = try StoreProcess(["write", folder.path, "0"], under: ["unshare", "-m", "sh", "-c", none])
    #expect(second.line()?.hasPrefix("full: ") == true)
  }

  @Test(.enabled(if: Privileges.canMount))
  func aDiskThatMayBeReadOnly() throws {
    try folder.makeStore()
    let path = folder.folder.path
    let script = "mount --bind \(path) \(path) && mount -o remount,bind,ro \(path) && exec \"$0\" \"$@\""
    for mode in ["service", "beside"] {
      let process = try StoreProcess(
        ["open", folder.path, mode], under: ["unshare", "-m", "sh", "-c", script])
      let line = process.line()
      #expect(line?.hasPrefix("readOnly: ") == true, "\(line ?? "")")
    }
  }

  @Test func aDamagedFileIsTold() throws {
    try folder.makeStore()
    let count = try folder.bytes().count
    let file = try FileDescriptor(folder.path, O_RDWR)
    // All but the header, which is looked at first.
    let garbage = [UInt8](repeating: 0xA5, count: count - 100)
    #expect(pwrite(file.number, garbage, garbage.count, 100) == garbage.count)
    let error = folder.refusal()
    #expect(error?.kind == .corrupt)
    #expect(error?.description.contains("restore FILE") == true)
  }

  /// Rows that no program of ours has written.
  @Test(arguments: [
    "UPDATE messages SET state = 77", "UPDATE messages SET role = 5", "UPDATE messages SET images = x'0102'",
    "UPDATE messages SET place = 9223372036854775807, number = -9223372036854775808, created_at = -9223372036854775808",
    "UPDATE messages SET content = CAST(x'ff00fe' AS TEXT), thinking = CAST(x'80' AS TEXT)",
    "UPDATE messages SET prompt_tokens = 9223372036854775807, completion_tokens = -1, duration = 9223372036854775807",
    "UPDATE sessions SET message_count = -9223372036854775808, updated_at = 9223372036854775807, key = key || char(0)",
    "UPDATE owners SET sessions = -5", "UPDATE owners SET sessions = 9223372036854775807",
    "DELETE FROM owners",
  ])
  func rowsThatCannotBe(_ sql: String) throws {
    try folder.makeStore()
    try folder.run("PRAGMA foreign_keys = OFF; \(sql)")
    let store = try folder.open()
    defer { store.close() }
    let reader = try store.makeReader()
    let key = StoreKey(stored: "s1")
    // An error or what can be made of it, but nothing that ends the process.
    for skip in [0, 1, 1000, .max] {
      _ = try? reader.sessions(ownedBy: "loopback", skip: skip, limit: 50)
    }
    _ = try? reader.messages(of: key, from: 0, limit: 100, bytes: 100)
    _ = try? reader.session([key], recent: RecentMessages(messages: 10, bytes: 100))
    let writer = try store.makeWriter()
    _ = try? writer.commit([StoreWrite([.deleteSession(key)])])
    try writer.put("s2", saying: "Hello")
  }

  @Test func aStoreThatIsTakenAwayTakesNoMoreWrites() throws {
    let store = try folder.open()
    let writer = try store.makeWriter()
    try writer.put("s1", saying: "Hello")
    #expect(rename(folder.path, folder.path + ".away") == 0)
    for _ in 0..<2 {
      #expect(try failure { try writer.put("s2", saying: "Hello") }.kind == .away)
      #expect(try failure { _ = try writer.wasChangedByOthers() }.kind == .away)
      #expect(try failure { _ = try writer.secret("a", orElse: [1]) }.kind == .away)
      #expect(try failure { _ = try store.makeReader() }.description.contains("put it back"))
      // Another file by its name is not it.
      _ = folder.folder.file("gateway.db", "another")
    }
    #expect(rename(folder.path + ".away", folder.path) == 0)
    try writer.put("s2", saying: "Hello")
    store.close()
  }

  @Test func anotherOneThatWritesIsWaitedFor() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    let other = try SQLiteConnection(folder.path, for: .writing, durability: .full)
    try other.run("BEGIN IMMEDIATE")
    try other.run("UPDATE store SET edits = 1")
    // Five seconds are what it waits.
    let error = try failure { try writer.put("s1", saying: "Hello") }
    #expect(error.kind == .away)
    try other.run("COMMIT")
    try writer.put("s1", saying: "Hello")
    #expect(try writer.wasChangedByOthers())
  }

  @Test func eachWriterHasAnEpochAboveTheLast() throws {
    var epochs: [Int] = []
    for mode in [SQLiteStore.Mode.service, .beside, .service] {
      let store = try folder.open(mode)
      let writer = try #require(try store.makeWriter() as? SQLiteWriter)
      try writer.put("s1", saying: "Hello")
      epochs.append(writer.epoch)
      let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
      #expect(try connection.number("SELECT epoch FROM sessions") == writer.epoch)
      store.close()
    }
    #expect(epochs == epochs.sorted() && Set(epochs).count == 3)
  }

  @Test func commitsAreWrittenToTheDisk() throws {
    for (durability, number) in [(SQLiteStore.Durability.full, 2), (.relaxed, 1)] {
      try folder.makeStore()
      let connection = try SQLiteConnection(folder.path, for: .writing, durability: durability)
      #expect(try connection.number("PRAGMA synchronous") == number)
      #expect(try connection.number("PRAGMA foreign_keys") == 1)
      #expect(try connection.number("PRAGMA secure_delete") == 1)
      #expect(try connection.number("PRAGMA wal_autocheckpoint") == 0)
      #expect(try connection.texts("PRAGMA journal_mode") == ["wal"])
    }
  }
}
