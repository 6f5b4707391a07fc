import Access
import AccessStorage
import GatewayTesting
import Glibc
import SQLiteStore
import Testing

/// A start that cannot know who may come in is none.
@Suite struct ClosedStartTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  private func serve(_ arguments: String...) throws -> ProgramRun {
    try ProgramRun(
      [
        "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--workers", "1",
      ] + arguments)
  }

  /// A store with a key, by which access is closed.
  private func makeStore() throws {
    let added = try ProgramRun(["keys", "add", "--name", "ci", "--store", "sqlite:\(path)"])
    #expect(added.wait() == 0)
    // What is in the log is in the file as well.
    try SQLiteShell.run("PRAGMA wal_checkpoint(TRUNCATE)", at: path)
  }

  enum Harm: CaseIterable, Sendable {
    case emptied, halved, scribbled, ofAnotherProgram, newer, folder, link

    /// What the start says.
    var words: String {
      switch self {
      case .emptied: "is empty, but"
      case .halved: "damaged"
      case .scribbled: "is no SQLite database"
      case .ofAnotherProgram: "is the SQLite database of another program"
      case .newer: "newer ollama-gateway"
      case .folder: "is a folder"
      case .link: "is a symbolic link"
      }
    }

    func apply(to path: String) throws {
      switch self {
      case .emptied: truncate(path, 0)
      case .halved:
        var status = stat()
        stat(path, &status)
        truncate(path, status.st_size / 2)
      case .scribbled:
        let file = try #require(fopen(path, "r+"))
        fputs(String(repeating: "scribble ", count: 1000), file)
        fclose(file)
      case .ofAnotherProgram: try SQLiteShell.run("PRAGMA application_id = 7", at: path)
      case .newer: try SQLiteShell.run("PRAGMA user_version = 999", at: path)
      case .folder:
        unlink(path)
        mkdir(path, 0o700)
      case .link:
        rename(path, path + ".other")
        symlink(path + ".other", path)
      }
    }
  }

  @Test(arguments: Harm.allCases) func aStoreThatIsNotWhatItWas(_ harm: Harm) throws {
    try makeStore()
    try harm.apply(to: path)
    let run = try serve("--store", "sqlite:\(path)")
    #expect(run.wait() == 64)
    #expect(run.errors.contains("store: "), "\(run.errors)")
    #expect(run.errors.contains(harm.words), "\(run.errors)")
    #expect(!run.errors.contains(" ready"))
  }

  @Test("A folder that may not be written", .enabled(if: geteuid() != 0)) func readOnly() throws {
    try makeStore()
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    let run = try serve("--store", "sqlite:\(path)")
    #expect(run.wait() == 64 && run.errors.contains("may not be written"), "\(run.errors)")
  }

  @Test func aServerThatIsAway() throws {
    let run = try serve("--store", "postgresql://nobody@127.0.0.1:1/gateway")
    #expect(run.wait() == 1)
    #expect(run.errors.contains("store: ") && !run.errors.contains(" ready"), "\(run.errors)")
  }

  @Test("At another port as well") func aSecondProcess() async throws {
    try makeStore()
    let first = try serve("--store", "sqlite:\(path)")
    try await first.waitForError(" ready ")
    let second = try serve("--store", "sqlite:\(path)")
    #expect(second.wait() == 64)
    #expect(second.errors.contains("is in use by another gateway (process "), "\(second.errors)")
    #expect(!second.errors.contains(" ready "))
    first.signal(SIGTERM)
    #expect(first.wait() == 0)
  }

  @Test(arguments: ["- {id: ci0000000001, name: ci, ha", "- {id: ci0000000001}", "keys: []", "", "- 7"])
  func aFileOfKeysThatIsNotWhole(_ text: String) throws {
    let file = folder.file("keys.yaml", text)
    for path in [file, folder.path + "/none.yaml"] {
      let run = try serve("--store", "memory", "--keys-file", path)
      #expect(run.wait() == 64)
      #expect(run.errors.contains(path) && !run.errors.contains(" ready"), "\(run.errors)")
    }
  }
}
