import GatewayTesting
import Sessions
import System
import Testing

@testable import PostgreSQLStore

@Suite("A server that goes away", .serialized) struct CrashTests {
  /// Turns of one session, each with two messages, written again until they are acknowledged: as the gateway does.
  private static func write(
    _ turns: Range<Int>, by writer: TestWriter, acknowledged: Lock<Int>, isFailing: Lock<Int>
  ) async throws {
    for turn in turns {
      let changes: [StoreChange] = [
        .updateSession(Sample.session("a", updated: Int64(turn), messages: 2 * turn + 2)),
        .putMessage(Sample.message(2 * turn, "question \(turn)"), in: Sample.key("a")),
        .putMessage(Sample.message(2 * turn + 1, "answer \(turn)"), in: Sample.key("a")),
      ]
      try await eventually("turn \(turn) is written") {
        do {
          #expect(try await writer.commit(group: [changes]) == [nil])
          return true
        } catch let error as StoreError {
          guard error.kind == .away else { throw error }
          isFailing.withLock { $0 += 1 }
          // As the gateway waits before it tries again.
          try await Task.sleep(for: .milliseconds(100))
          return false
        }
      }
      acknowledged.withLock { $0 = turn + 1 }
    }
  }

  @Test("Killed in the middle of commits and started again, nothing is lost and nothing doubled") func kills()
    async throws
  {
    let server = try await PostgreSQLServer.started()
    let store = try await PostgreSQLStore.opened(server.url())
    let writer = try await TestWriter(store)
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    let (acknowledged, failures) = (Lock(0), Lock(0))
    let count = 400
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await Self.write(0..<count, by: writer, acknowledged: acknowledged, isFailing: failures)
      }
      group.addTask {
        for kill in 1...5 {
          try await eventually("some turns are written") { acknowledged.withLock { $0 } >= kill * count / 8 }
          await server.kill()
          // What was acknowledged before is there, and what comes after it is whole.
          let before = acknowledged.withLock { $0 }
          try await server.start()
          let found = try await server.query(
            "SELECT message_count FROM ollama_gateway.sessions", at: server.url())
          #expect(Int(found) ?? 0 >= 2 * before)
        }
      }
      try await group.waitForAll()
    }
    let reader = try await TestReader(store)
    let messages = try await reader.read {
      try $0.messages(of: Sample.key("a"), from: 0, limit: 10_000, bytes: 1 << 30)
    }
    #expect(messages.map(\.place) == Array(0..<(2 * count)))
    #expect(messages.map(\.message.number) == Array(1...(2 * count)))
    #expect(messages.last?.message.content == "answer \(count - 1)")
    let used = messages.reduce(512) { $0 + $1.message.textBytes + 256 }
    #expect(writer.usedBytes == used)
    store.close()
  }

  @Test("A server that hangs is away; what was sent to it may be written or not, and is written again")
  func hanging() async throws {
    let server = try await PostgreSQLServer.started()
    let store = try await PostgreSQLStore.opened(server.url(parameters: "&connect_timeout=2"))
    let (writer, reader) = (try await TestWriter(store), try await TestReader(store))
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    #expect(try await reader.read { try $0.sessions(after: nil, limit: 9).count } == 1)
    server.pause()
    // Both at once: each waits for as long as a server may take.
    let writing = Task { try await writer.commit(.putSession(Sample.session("b"))) }
    let read = await #expect(throws: StoreError.self) {
      _ = try await reader.read { try $0.sessions(after: nil, limit: 9).count }
    }
    let written = await #expect(throws: StoreError.self) { try await writing.value }
    #expect(written?.kind == .away)
    #expect(read?.kind == .away)
    server.resume()
    try await eventually("it is written") {
      (try? await writer.commit(group: [[.putSession(Sample.session("b"))]])) == [nil]
    }
    #expect(try await reader.read { try $0.sessions(after: nil, limit: 9).count } == 2)
    store.close()
  }

  @Test(
    "Stopped and started again by its administrator, readers and writers go on, and the store is still held")
  func restart() async throws {
    let server = try await PostgreSQLServer.started()
    let store = try await PostgreSQLStore.opened(server.url())
    let (writer, reader) = (try await TestWriter(store), try await TestReader(store))
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    await server.stop()
    let error = await #expect(throws: StoreError.self) {
      try await writer.commit(.putSession(Sample.session("b")))
    }
    #expect(error?.kind == .away)
    await #expect(throws: StoreError.self) {
      try await reader.read { try $0.sessions(after: nil, limit: 9).count }
    }
    await #expect(throws: StoreError.self) { try await writer.wasChangedByOthers() }
    try await server.start()
    #expect(try await writer.commit(.putSession(Sample.session("b"))) == nil)
    #expect(try await reader.read { try $0.sessions(after: nil, limit: 9).count } == 2)
    #expect(try await writer.wasChangedByOthers() == false)
    let second = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(server.url()) }
    #expect(second?.kind == .taken)
    store.close()
  }

  @Test("A server that takes no writes any more is away, until it takes them again") func readOnly()
    async throws
  {
    let server = try await PostgreSQLServer.started()
    let store = try await PostgreSQLStore.opened(server.url())
    let (writer, reader) = (try await TestWriter(store), try await TestReader(store))
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    try await server.query("ALTER SYSTEM SET default_transaction_read_only = on")
    try await server.query("SELECT pg_reload_conf()")
    // The server reads the setting in its own time.
    var error: StoreError?
    try await eventually("nothing is written") {
      do {
        _ = try await writer.commit(.putSession(Sample.session("a")))
      } catch let found as StoreError {
        error = found
      }
      return error != nil
    }
    #expect(error?.kind == .away)
    #expect(try await reader.read { try $0.sessions(after: nil, limit: 9).count } == 1)
    let asBefore = server.url(parameters: "&options=-cdefault_transaction_read_only%3Doff")
    try await server.query("ALTER SYSTEM RESET default_transaction_read_only", at: asBefore)
    try await server.query("SELECT pg_reload_conf()")
    try await eventually("it is written") {
      (try? await writer.commit(group: [[.putSession(Sample.session("b"))]])) == [nil]
    }
    store.close()
  }

  @Test("Failing over to a synchronous standby, nothing acknowledged is lost") func failover() async throws {
    let primary = try await PostgreSQLServer.started()
    let standby = try await PostgreSQLServer.started(asStandbyOf: primary, name: "second")
    try await primary.query("ALTER SYSTEM SET synchronous_standby_names = 'second'")
    try await primary.query("SELECT pg_reload_conf()")
    try await eventually("the standby is synchronous") {
      try await primary.query("SELECT sync_state FROM pg_stat_replication") == "sync"
    }
    let url = "postgresql://gateway@/postgres?host=\(standby.socketFolder),\(primary.socketFolder)"
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    let (acknowledged, failures) = (Lock(0), Lock(0))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await Self.write(0..<200, by: writer, acknowledged: acknowledged, isFailing: failures)
      }
      group.addTask {
        try await eventually("some turns are written") { acknowledged.withLock { $0 } >= 60 }
        await primary.kill()
        try await standby.promote()
      }
      try await group.waitForAll()
    }
    #expect(failures.withLock { $0 } > 0)
    let messages = try await TestReader(store).read {
      try $0.messages(of: Sample.key("a"), from: 0, limit: 1000, bytes: 1 << 30)
    }
    #expect(messages.map(\.place) == Array(0..<400))
    #expect(try await writer.wasChangedByOthers() == false)
    let second = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(url) }
    #expect(second?.kind == .taken)
    store.close()
  }

  @Test("A commit that no standby has is not acknowledged, whatever an administrator does to it")
  func cancelledWait() async throws {
    let server = try await PostgreSQLServer.started()
    let store = try await PostgreSQLStore.opened(server.url())
    let writer = try await TestWriter(store)
    try await server.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    try await server.query("SELECT pg_reload_conf()")
    // The server reads the setting in its own time.
    let written = Task { while true { _ = try await writer.commit(.putSession(Sample.session("a"))) } }
    try await eventually("the commit waits") {
      let cancelled = try await server.query(
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
      return cancelled == "1"
    }
    let error = await #expect(throws: StoreError.self) { try await written.value }
    #expect(error?.kind == .away)
    #expect(error?.description.contains("synchronous replication") == true)
    store.close()
  }
}
