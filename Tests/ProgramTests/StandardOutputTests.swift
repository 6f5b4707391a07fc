import GatewayTesting
import Glibc
import SQLiteStore
import Sessions
import System
import Testing

/// What is printed to where it cannot be written: nobody shall take a part of an export for all of it.
@Suite struct StandardOutputTests {
  private let folder = TemporaryFolder()
  private var store: [String] { ["--store", "sqlite:\(folder.path)/gateway.db"] }

  private func makeStore() throws {
    let store = try SQLiteStore.open(path: folder.path + "/gateway.db")
    defer { store.close() }
    let time = Timestamp(millisecondsSince1970: 1_700_000_000_000)
    let session = StoredSession(
      key: StoreKey(stored: "s1"), owner: "loopback", title: "t", createdAt: time, updatedAt: time,
      messageCount: 0, lastNumber: 0)
    #expect(try store.makeWriter().commit([StoreWrite([.putSession(session)])]) == [nil])
  }

  private func run(_ arguments: [String], _ script: String) throws -> (code: Int32, errors: String) {
    let run = try ProgramRun(
      arguments, environment: ["PATH": "/usr/bin:/bin", "FOLDER": folder.path], under: ["sh", "-c", script])
    return (run.wait(), run.errors)
  }

  @Test(
    "A full disk is told, and is no success",
    arguments: [
      ["sessions", "export", "--all"], ["usage"], ["keys", "list"],
      ["check", "--ollama", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"],
    ])
  func aFullDisk(_ arguments: [String]) throws {
    try makeStore()
    let ended = try run(arguments + store, #"exec "$0" "$@" >/dev/full"#)
    #expect(ended.code == 1)
    #expect(
      ended.errors.contains("ollama-gateway: standard output: No space left on device\n"), "\(ended.errors)")
  }

  @Test(arguments: [
    ["--help"], ["--version"], ["keys", "--help"], ["--generate-completion-script", "bash"],
  ])
  func soIsOneForWhatNeedsNoStore(_ arguments: [String]) throws {
    let ended = try run(arguments, #"exec "$0" "$@" >/dev/full"#)
    #expect(ended.code == 1 && ended.errors.contains("No space left on device"), "\(ended)")
  }

  @Test("A new key that cannot be shown is named all the same") func aKey() throws {
    let ended = try run(["keys", "add", "--name", "n"] + store, #"exec "$0" "$@" >/dev/full"#)
    #expect(
      ended.code == 1 && ended.errors.contains("made the key ") && ended.errors.contains(" (n)\n"), "\(ended)"
    )
  }

  @Test("Nothing that the program opens becomes a standard output that is closed") func aClosedOne() throws {
    try makeStore()
    let ended = try run(["sessions", "export", "--all"] + store, #"exec "$0" "$@" <&- >&-"#)
    #expect(ended.code == 1 && ended.errors.contains("standard output: Bad file descriptor"), "\(ended)")
    let whole = try run(["sessions", "list"] + store, #"exec "$0" "$@""#)
    #expect(whole.code == 0, "\(whole)")
  }

  @Test("A reader that has gone, as head, is no error to be told") func aClosedPipe() throws {
    try makeStore()
    let pipe = #"mkfifo "$FOLDER/p" && exec 3<>"$FOLDER/p" && exec 4>"$FOLDER/p" && exec 3<&-"#
    for (script, code) in [("trap '' PIPE", 128 + SIGPIPE), (":", 128 + SIGPIPE)] {
      let ended = try run(
        ["sessions", "list"] + store, pipe + " && " + script + #" && rm "$FOLDER/p" && exec "$0" "$@" >&4"#)
      #expect(ended.code == code && !ended.errors.contains("standard output"), "\(ended)")
    }
  }
}
