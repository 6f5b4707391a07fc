import GatewayTesting
import Glibc
import Sessions
import Testing

@testable import SQLiteStore

/// What was deleted is on no disk any more.
@Suite struct DeletionTests {
  private let folder = Folder()
  private static let mark = "a text that nobody else has: 4711-0815"

  /// The files of the folder that have the mark.
  private func markedFiles() throws -> Set<String> {
    let pipe = try #require(popen("cd \(folder.folder.path) && grep -laF '\(Self.mark)' *", "r"))
    defer { pclose(pipe) }
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(line) }
    var found: Set<String> = []
    while getline(&line, &size, pipe) > 0, let line { found.insert(String(String(cString: line).dropLast())) }
    return found
  }

  /// Some sessions, with marked and other texts and images.
  private func fill(_ writer: any SessionStoreWriter) throws {
    for number in 0..<50 {
      let text = number.isMultiple(of: 2) ? Self.mark : "another text"
      try writer.put("s\(number)", saying: String(repeating: text, count: 1 + 20 * number))
    }
  }

  private func deleteMarked(_ writer: any SessionStoreWriter) throws {
    for number in stride(from: 0, to: 50, by: 2) {
      #expect(try writer.commit([StoreWrite([.deleteSession(StoreKey(stored: "s\(number)"))])]) == [nil])
    }
  }

  @Test func itIsGoneOnceTheLogIsEmptied() throws {
    let store = try folder.open()
    let writer = try store.makeWriter()
    try fill(writer)
    #expect(try markedFiles().contains("gateway.db-wal"))
    store.emptyLog()
    #expect(try markedFiles() == ["gateway.db"])
    try deleteMarked(writer)
    store.emptyLog()
    #expect(try markedFiles().isEmpty)
    #expect(try folder.texts("s1").count == 1)
    // Nor is it in a backup.
    try store.backup(to: folder.folder.path + "/backup.db")
    #expect(try markedFiles().isEmpty)
    store.close()
  }

  @Test func itIsGoneWithTheProcess() throws {
    let store = try folder.open()
    do {
      let writer = try store.makeWriter()
      try fill(writer)
      try deleteMarked(writer)
    }
    store.close()
    #expect(try markedFiles().isEmpty)
  }

  @Test func aSubcommandDeletesWhereNoGatewayRuns() throws {
    let store = try folder.open()
    try fill(try store.makeWriter())
    store.close()
    #expect(try markedFiles() == ["gateway.db"])
    let beside = try folder.open(.beside)
    do { try deleteMarked(try beside.makeWriter()) }
    beside.close()
    #expect(try markedFiles().isEmpty)
  }

  /// Our own emptying is no change by others, which the library's count takes it for.
  @Test func emptyingTheLogIsNoChangeByOthers() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    for number in 0..<3 {
      try writer.put("s\(number)", saying: "Hello")
      store.emptyLog()
      #expect(try !writer.wasChangedByOthers())
    }
    let beside = try folder.open(.beside)
    defer { beside.close() }
    try beside.makeWriter().put("s9", saying: "Hello")
    store.emptyLog()
    #expect(try writer.wasChangedByOthers())
    #expect(try !writer.wasChangedByOthers())
  }

  /// The log is copied beside the writer, and does not grow for ever.
  @Test func aLongLogIsCopiedToTheDatabase() async throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    let text = String(repeating: "x", count: 1 << 20)
    for number in 0..<100 { try writer.put("s\(number % 5)", saying: "\(text)\(number % 5)") }
    try await eventually("the log is copied") { (FileStatus.of(folder.path)?.bytes ?? 0) > 4 << 20 }
    // What is copied beside the writer is never all of it: from some length on the writer waits.
    #expect((FileStatus.of(folder.path + "-wal")?.bytes ?? 0) < 40 << 20)
  }
}
