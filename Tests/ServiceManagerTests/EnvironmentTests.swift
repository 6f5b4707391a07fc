import Glibc
import ServiceManager
import Testing

/// What the manager says by the environment.
@Suite struct EnvironmentTests {
  @Test func theWatchdogIsForOneProcess() {
    let both = ["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "42"]
    let watchdog = Watchdog(environment: both, process: 42)
    #expect(watchdog?.limit == .seconds(3))
    #expect(watchdog?.interval == .seconds(1))
    #expect(Watchdog(environment: both, process: 43) == nil)
    #expect(Watchdog(environment: ["WATCHDOG_USEC": "3000000"], process: 43)?.limit == .seconds(3))
  }

  @Test(arguments: ["", "0", "-1", "3s", "99999999999999999999"])
  func whatIsNoTimeIsNoWatchdog(_ text: String) {
    #expect(Watchdog(environment: ["WATCHDOG_USEC": text], process: 1) == nil)
    #expect(Watchdog(environment: [:], process: 1) == nil)
  }

  @Test func socketsAreNumberedFromThree() {
    let passed = PassedSockets(
      environment: ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:local"], process: 42)
    #expect(passed.sockets.map(\.descriptor) == [3, 4])
    #expect(passed.sockets.map(\.name) == ["http", "local"])
  }

  @Test(arguments: ["", "one", "a:b:c"])
  func namesThatDoNotFitAreLeftOut(_ names: String) {
    let passed = PassedSockets(
      environment: ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": names], process: 42)
    #expect(passed.sockets.map(\.name) == ["unknown", "unknown"])
  }

  @Test(arguments: [
    [:], ["LISTEN_FDS": "1"], ["LISTEN_PID": "41", "LISTEN_FDS": "1"], ["LISTEN_PID": "42"],
    ["LISTEN_PID": "42", "LISTEN_FDS": "0"], ["LISTEN_PID": "42", "LISTEN_FDS": "-1"],
    ["LISTEN_PID": "42", "LISTEN_FDS": "many"], ["LISTEN_PID": "42", "LISTEN_FDS": "1025"],
  ])
  func whatIsForNobodyOrAnotherIsNotTaken(_ environment: [String: String]) {
    #expect(PassedSockets(environment: environment, process: 42).sockets.isEmpty)
  }

  @Test func theJournalIsKnownByItsInode() throws {
    let file = try #require(tmpfile())
    defer { fclose(file) }
    var status = stat()
    #expect(fstat(fileno(file), &status) == 0)
    let right = "\(status.st_dev):\(status.st_ino)"
    #expect(JournalStream.isBehind(fileno(file), environment: ["JOURNAL_STREAM": right]))
    #expect(!JournalStream.isBehind(fileno(file), environment: [:]))
    for wrong in [
      "\(status.st_dev):\(status.st_ino + 1)", "\(status.st_dev + 1):\(status.st_ino)", "", ":", "1", "x:y",
    ] {
      #expect(!JournalStream.isBehind(fileno(file), environment: ["JOURNAL_STREAM": wrong]), "\(wrong)")
    }
    #expect(!JournalStream.isBehind(-1, environment: ["JOURNAL_STREAM": right]))
  }
}
