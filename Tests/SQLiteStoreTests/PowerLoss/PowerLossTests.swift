import GatewayTesting
import Glibc
import Sessions
import System
import Testing

@testable import SQLiteStore
@testable import StoreProgram

/// What was acknowledged is there after a loss of power, once and whole.
///
/// A process does what StoreScript says, and a preload records what it writes and syncs. From that the disk is made as it may be after a
/// loss of power, at many moments.
@Suite struct PowerLossTests {
  /// What a store has after each commit of the script; first before any.
  private let contents: [StoreContent]

  init() throws {
    let folder = Folder()
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    contents =
      try [StoreContent(store)]
      + StoreScript.steps.compactMap { step in
        guard case .commit(let group) = step else { return nil }
        try #require(try writer.commit(group).allSatisfy { $0 == nil })
        return try StoreContent(store)
      }
  }

  @Test func whatWasAcknowledgedIsThere() async throws {
    let count = try await Self.forEachMoment(of: try Self.record("full")) { moment in
      let found = try await Self.find(moment)
      // One commit may have come through that nobody was told of.
      let expected = contents[moment.acknowledged...].prefix(2)
      #expect(expected.contains { $0 == found }, "\(moment)")
    }
    #expect(count >= 200)
  }

  /// So the test sees what is missing. What is there is whole all the same.
  @Test func relaxedCommitsAreLostAndLeaveAWholeStore() async throws {
    var lost = 0
    _ = try await Self.forEachMoment(of: try Self.record("relaxed")) { moment in
      let found = try await Self.find(moment)
      let commits = try #require(contents.lastIndex(of: found), "\(moment)")
      #expect(commits <= moment.acknowledged + 1, "\(moment)")
      if commits < moment.acknowledged { lost += 1 }
    }
    #expect(lost > 0)
  }

  // MARK: Moments

  /// A folder as it is when the power is back.
  private struct Moment: CustomStringConvertible {
    let files: [String: [UInt8]]
    /// How many commits had come back.
    let acknowledged: Int
    /// How many entries of the record come before it.
    let entry: Int
    let loss: SimulatedDisk.Loss

    var description: String {
      "after entry \(entry), \(acknowledged) commits, \(loss): "
        + "\(files.map { "\($0.key) \($0.value.count)" }.sorted())"
    }
  }

  /// Calls it for the moments right behind each commit, before whatever is no write, when most is not synced, and before some writes.
  ///
  /// - Returns: how many moments there were.
  private static func forEachMoment(
    of record: DiskRecord, _ body: (Moment) async throws -> Void
  ) async throws -> Int {
    var generator = StepGenerator(state: 4711)
    let others = Set(record.entries.indices.shuffled(using: &generator).prefix(100))
    var disk = SimulatedDisk(record)
    var (acknowledged, count) = (0, 0)
    func look(_ loss: SimulatedDisk.Loss, at place: Int) async throws {
      let files = disk.files(after: loss, using: &generator)
      try await body(Moment(files: files, acknowledged: acknowledged, entry: place, loss: loss))
      count += 1
    }
    for (place, entry) in record.entries.enumerated() {
      if !entry.isWrite || others.contains(place) {
        let loss = SimulatedDisk.Loss.allCases.randomElement(using: &generator) ?? .some
        try await look(loss, at: place)
      }
      disk.apply(entry)
      guard case .marked(let commits) = entry else { continue }
      acknowledged = commits
      try await look(.all, at: place + 1)
    }
    #expect(acknowledged == StoreScript.commits)
    return count
  }

  private static func record(_ durability: String) throws -> DiskRecord {
    let (folder, output) = (Folder(), TemporaryFolder())
    let preload = try PreloadLibrary("disk_recorder")
    let process = try StoreProcess(
      ["script", folder.path, durability],
      under: [
        "env", "LD_PRELOAD=\(preload.path)", "RECORDED_FOLDER=\(folder.folder.path)",
        "DISK_RECORD=\(output.path)/record",
      ])
    // It says nothing but why it fails.
    #expect(process.line() == nil)
    process.end()
    return try DiskRecord(FileDescriptor("\(output.path)/record", O_RDONLY).read(limit: 256 << 20))
  }

  // MARK: What is there

  /// Opens the store as the program does, and ends what was running.
  ///
  /// - Returns: what it had before that.
  private static func find(_ moment: Moment) async throws -> StoreContent {
    let folder = Folder()
    // The log's index is made anew.
    for (name, bytes) in moment.files where !name.hasSuffix("-shm") {
      let file = try FileDescriptor("\(folder.folder.path)/\(name)", O_WRONLY | O_CREAT, mode: 0o600)
      try #require(bytes.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) } == bytes.count)
    }
    let store = try folder.open()
    let found = try StoreContent(store)
    let storage = try SessionStorage(store, timeout: .seconds(10))
    _ = try await StoreRecovery.endInterrupted(in: storage)
    let recovered = try StoreContent(store)
    #expect(recovered.texts == found.textsAfterRecovery && !recovered.isGenerating, "\(moment)")
    await storage.close(within: .seconds(10))
    let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
    #expect(try connection.texts("PRAGMA integrity_check") == ["ok"], "\(moment)")
    return found
  }
}
