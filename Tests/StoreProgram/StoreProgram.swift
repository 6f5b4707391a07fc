import AccessStorage
import Accounts
import Glibc
import SQLiteStore
import Sessions
import System

/// Has a store open in a process of its own, for the tests of SQLiteStore.
///
///     StoreProgram open PATH service|beside|exclusive
///         Says "open", or the kind of the error and its words; in the first case it waits for the end of its input.
///     StoreProgram backup PATH FILE
///     StoreProgram restore PATH FILE
///     StoreProgram write PATH FIRST
///         Writes messages to a session, from this place on, and says the place of each when it is committed, until it is killed.
///     StoreProgram flush PATH FIRST
///         Adds usage of one request and one token by flushes from this number on, of which each is said when it is committed, until it
///         is killed.
///     StoreProgram account PATH -
///         Counts requests as a gateway does that stores them each second, and says after each how many it has counted and how many the
///         store has, those of earlier processes among them, until it is killed.
///     StoreProgram script PATH full|relaxed
///         Does what StoreScript says, and tells the preload disk_recorder of each commit that has come back.
@main enum StoreProgram {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else { exit(64) }
    do throws(StoreError) {
      switch arguments[1] {
      case "open": try open(arguments[2], arguments[3])
      case "write": try write(arguments[2], from: Int(arguments[3]) ?? 0)
      case "flush": try flush(arguments[2], from: Int(arguments[3]) ?? 1)
      case "account": try account(arguments[2])
      case "script": try runScript(arguments[2], arguments[3] == "relaxed" ? .relaxed : .full)
      case "backup":
        let store = try SQLiteStore.open(path: arguments[2], mode: .beside)
        defer { store.close() }
        try store.backup(to: arguments[3])
      case "restore": try SQLiteStore.restore(from: arguments[3], to: arguments[2])
      default: exit(64)
      }
    } catch {
      say("\(error.kind): \(error.description)")
      exit(1)
    }
  }

  private static func open(_ path: String, _ mode: String) throws(StoreError) {
    let modes: [String: SQLiteStore.Mode] = ["service": .service, "beside": .beside, "exclusive": .exclusive]
    let store = try SQLiteStore.open(path: path, mode: modes[mode] ?? .service)
    defer { store.close() }
    let writer = try store.makeWriter()
    say("open")
    while getchar() != EOF {}
    withExtendedLifetime(writer) {}
  }

  private static func write(_ path: String, from first: Int) throws(StoreError) {
    let store = try SQLiteStore.open(path: path)
    let writer = try store.makeWriter()
    for place in first... {
      let now = Timestamp.now
      let session = StoredSession(
        key: StoreKey(stored: "killed"), owner: "loopback", createdAt: now, updatedAt: now,
        messageCount: place + 1,
        lastNumber: place + 1)
      let message = Message(
        number: place + 1, author: .user("alice"),
        content: String(repeating: "text \(place) ", count: place % 600),
        timestamp: now)
      let errors = try writer.commit([
        StoreWrite([
          .putSession(session), .putMessage(StoredMessage(place: place, message: message), in: session.key),
        ])
      ])
      guard errors == [nil] else { exit(2) }
      say("\(place)")
    }
  }

  private static func flush(_ path: String, from first: Int) throws(StoreError) {
    let store = try SQLiteStore.open(path: path)
    let writer = try store.makeWriter()
    for number in first... {
      var usage = StoredUsage(StoredUsage.Account(hour: number / 10, key: "k\(number % 3)", model: "m"))
      usage[.requests] = 1
      let counter = StoredCounter(
        subject: "team:red", counter: "tokens/total", window: StoredCounter.endless, amount: 1)
      let flush = StoredUsageFlush(run: 1, number: number, time: .now, usage: [usage], counters: [counter])
      guard try writer.commit([StoreWrite([.addUsage(flush)])]) == [nil] else { exit(2) }
      say("\(number)")
    }
  }

  private static func account(_ path: String) throws(StoreError) {
    let storage = try SessionStorage(try SQLiteStore.open(path: path), timeout: .seconds(10))
    Task {
      do {
        try await count(in: storage)
      } catch {
        say("\(error)")
        exit(1)
      }
    }
    while true { sleep(1000) }
  }

  private static func count(in storage: SessionStorage) async throws {
    let control = AccessControl()
    let keeper = AccessKeeper(storage, for: control)
    try await keeper.start(fileKeys: nil)
    let limits = SessionLimits(
      sessions: 10, totalBytes: 1 << 20, timeToLive: .seconds(60), contextMessages: 9, contextBytes: 1 << 20,
      grace: .seconds(9), retention: .seconds(9))
    let registry = SessionRegistry(limits: limits, storage: storage)
    defer { withExtendedLifetime(registry) {} }
    await registry.startRetention()
    let account = UsageAccount(key: nil, team: nil, user: nil, model: "m:1b")
    for counted in 1... {
      control.note(UsageRecord(Usage(outputTokens: 1), status: 200, .counted), of: account, at: .now)
      let stored = try await keeper.usage(UsageQuestion(hours: 0..<UsageQuestion.lastHour)).first
      say("\(counted) \(stored?[.requests] ?? 0)")
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private static func runScript(_ path: String, _ durability: SQLiteStore.Durability) throws(StoreError) {
    typealias Mark = @convention(c) (UInt64) -> Void
    guard let symbol = dlsym(nil, "disk_recorder_mark") else { exit(3) }
    // The function of Tests/Preloads/disk_recorder.c is this.
    let mark = unsafeBitCast(symbol, to: Mark.self)
    let store = try SQLiteStore.open(path: path, durability: durability)
    defer { store.close() }
    let writer = try store.makeWriter()
    var commits: UInt64 = 0
    for step in StoreScript.steps {
      switch step {
      case .commit(let group):
        guard try writer.commit(group).allSatisfy({ $0 == nil }) else { exit(2) }
        commits += 1
        mark(commits)
      case .emptyLog: store.emptyLog()
      }
    }
    withExtendedLifetime(writer) {}
  }

  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}
