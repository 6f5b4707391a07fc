import GatewayTesting
import Glibc
import Sessions
import Testing

@testable import SQLiteStore

/// A database's file to which somebody else writes while it is open: nothing is acknowledged that would not be there after a restart.
@Suite struct OverwritingTests {
  private let folder = Folder()

  private func failure(_ body: () throws -> Void) throws -> StoreError {
    do {
      try body()
    } catch let error as StoreError {
      return error
    }
    throw StoreError(.unusable, "it has not failed")
  }

  private func overwrite(_ bytes: [UInt8], at place: Int = 0) throws {
    let file = open(folder.path, O_WRONLY | O_CLOEXEC)
    #expect(pwrite(file, bytes, bytes.count, off_t(place)) == bytes.count)
    close(file)
  }

  enum Harm: CaseIterable {
    case emptied, shortened, garbage, nothingButZeros, anotherStore, garbageAtTheEnd

    var isEmptied: Bool { self == .emptied }
  }

  private func harm(_ harm: Harm) throws {
    switch harm {
    case .emptied: #expect(truncate(folder.path, 0) == 0)
    case .shortened: #expect(truncate(folder.path, 8192) == 0)
    case .garbage: try overwrite([UInt8](repeating: 0xA5, count: 4096))
    case .nothingButZeros: try overwrite([UInt8](repeating: 0, count: try folder.bytes().count))
    case .anotherStore:
      let other = Folder()
      try other.makeStore(saying: "Another")
      try overwrite(try other.bytes())
    case .garbageAtTheEnd:
      try overwrite([UInt8](repeating: 0xA5, count: 5000), at: try folder.bytes().count - 5000)
    }
  }

  /// Also where the log has everything that is asked for, so that the library itself would notice nothing.
  @Test(arguments: Harm.allCases, [false, true])
  func itTakesNoMoreWrites(_ harm: Harm, _ isLogEmpty: Bool) throws {
    let store = try folder.open()
    let writer = try store.makeWriter()
    try writer.put("s1", saying: "Hello")
    if isLogEmpty { store.emptyLog() }
    try writer.put("s2", saying: "Hello")
    let whole = try folder.bytes()
    try self.harm(harm)
    for _ in 0..<2 {
      let error = try failure { try writer.put("s3", saying: "Hello") }
      #expect(error.kind == .corrupt)
      #expect(error.description.contains(harm.isEmptied ? "was emptied" : "was overwritten"))
      #expect(error.description.contains("restore FILE"))
      #expect(try failure { _ = try writer.wasChangedByOthers() }.kind == .corrupt)
      #expect(try failure { _ = try writer.secret("a", orElse: [1]) }.kind == .corrupt)
    }
    // The file as it was, with the log that was left alone.
    #expect(truncate(folder.path, off_t(whole.count)) == 0)
    try overwrite(whole)
    store.close()
    #expect(try folder.texts("s1") == ["Hello"])
    #expect(try folder.texts("s2") == ["Hello"])
    #expect(try folder.texts("s3").isEmpty)
  }

  /// What is left of it is in the log, which is not copied into the other file at the end.
  @Test(arguments: [Harm.emptied, .garbage, .anotherStore])
  func theEndLeavesTheLog(_ harm: Harm) throws {
    let store = try folder.open()
    try store.makeWriter().put("s1", saying: "Hello")
    let whole = try folder.bytes()
    let log = try folder.bytes("gateway.db-wal")
    #expect(!log.isEmpty)
    try self.harm(harm)
    let spoilt = try folder.bytes()
    store.emptyLog()
    store.close()
    #expect(try folder.bytes() == spoilt)
    #expect(try folder.bytes("gateway.db-wal") == log)
    if harm.isEmptied {
      #expect(folder.refusal()?.description.contains("is empty, but") == true)
    }
    #expect(truncate(folder.path, off_t(whole.count)) == 0)
    try overwrite(whole)
    #expect(try folder.texts("s1") == ["Hello"])
  }

  /// A log that is written to under no name is not read again.
  @Test func aLogThatIsTakenAway() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    try writer.put("s1", saying: "Hello")
    #expect(rename(folder.path + "-wal", folder.path + ".log") == 0)
    let error = try failure { try writer.put("s2", saying: "Hello") }
    #expect(error.kind == .away)
    #expect(error.description.contains("gateway.db-wal was moved away"))
    #expect(rename(folder.path + ".log", folder.path + "-wal") == 0)
    try writer.put("s2", saying: "Hello")
  }

  @Test func whatChangesNothingIsNoHarm() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    try writer.put("s1", saying: "Hello")
    #expect(utimes(folder.path, nil) == 0)
    try writer.put("s2", saying: "Hello")
    #expect(chmod(folder.path, 0o640) == 0)
    try writer.put("s3", saying: "Hello")
  }

  /// Copies of the log, by this process, by another store of it and by another program, are what the file lives by.
  @Test func copiesOfTheLogAreNoHarm() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    let beside = try folder.open(.beside)
    defer { beside.close() }
    let second = try beside.makeWriter()
    for round in 0..<5 {
      try writer.put("a\(round)", saying: String(repeating: "x", count: 100_000))
      if round % 2 == 0 { store.emptyLog() }
      try second.put("b\(round)", saying: String(repeating: "y", count: 100_000))
      if round % 2 == 1 { beside.emptyLog() }
      try folder.run("UPDATE store SET edits = edits + 1; PRAGMA wal_checkpoint(PASSIVE)")
      try writer.put("c\(round)", saying: "Hello")
      try folder.run("PRAGMA wal_checkpoint(TRUNCATE)")
      _ = try writer.wasChangedByOthers()
      _ = try second.wasChangedByOthers()
    }
  }

  /// While one queue writes, the other copies.
  @Test func copiesBesideTheWriterAreNoHarm() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    for number in 0..<40 { try writer.put("s\(number)", saying: String(repeating: "x", count: 400_000)) }
    #expect(try folder.texts("s39").first?.count == 400_000)
  }
}
