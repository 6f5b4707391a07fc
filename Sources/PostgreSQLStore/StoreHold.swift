internal import Glibc
internal import Sessions
internal import System

/// What keeps other gateways out of the store: an advisory lock, which ends with its session and so with the process, and beside it
/// the epoch, which holds where a lock was lost without a word.
///
/// Safe from any thread: the connection is used under the lock only.
final class StoreHold: Sendable {
  /// The advisory lock's key: "ogstore" in ASCII. Such locks are a database's own.
  private static let key = 0x6F67_7374_6F72_65

  private struct State {
    /// Nil once it is closed, and while it is lost.
    var connection: Connection?
    var isClosed = false
  }

  /// What is written while it is ours.
  let reign: Reign
  private let server: Server
  private let state: Lock<State>

  /// How long a lock is waited for that another session has: the server may not have noticed yet that a process has ended, which is
  /// the one before this, perhaps.
  private static let patience = Duration.seconds(2)

  /// Takes the store: the lock first, then the tables are looked at, then the epoch is raised.
  ///
  /// - Throws: `taken` where another gateway has it, or why the tables cannot be used.
  init(_ connection: sending Connection, at server: Server) throws(StoreError) {
    do throws(ServerError) {
      let deadline = MonotonicTime.now + StoreHold.patience
      var isOurs = try StoreHold.lock(connection)
      while !isOurs, MonotonicTime.now < deadline {
        usleep(50_000)
        isOurs = try StoreHold.lock(connection)
      }
      guard isOurs else { throw ServerError(Refusal.taken, try StoreHold.holder(connection)) }
    } catch {
      throw error.cause == .taken ? StoreHold.refusal(error.message, server) : server.openingFailure(error)
    }
    try Schema.migrate(connection, at: server)
    do throws(ServerError) {
      reign = try Reign(beginning: connection)
    } catch { throw server.openingFailure(error) }
    self.server = server
    state = Lock(State(connection: connection))
  }

  /// Looks whether the lock is still held, and takes it again where its connection was lost: for who has lost it and is not the
  /// store's holder any more, it is over. Where another session has the lock and the epoch is still ours, that is one of our own
  /// which the server has not given up yet, or a gateway that is about to raise the epoch: the next look will tell.
  ///
  /// - Throws: `taken`, or `away` while the server cannot be reached.
  func renew() throws(StoreError) {
    let (server, reign) = (server, reign)
    try state.withLock { (state) throws(StoreError) in
      guard !state.isClosed, state.connection?.isClosed() ?? true else { return }
      state.connection = nil
      do throws(ServerError) {
        let connection = try server.connect(preparing: [])
        try reign.check(connection)
        if try StoreHold.lock(connection) { state.connection = connection }
      } catch { throw server.failure(error) }
    }
  }

  func close() {
    state.withLock {
      // Said, and not left to the end of the connection, which the server notices a moment later.
      _ = try? $0.connection?.run([.text("SELECT pg_advisory_unlock_all()", [])])
      $0.connection = nil
      $0.isClosed = true
    }
  }

  // MARK: The lock

  private static func lock(_ connection: Connection) throws(ServerError) -> Bool {
    let results = try connection.run([.text("SELECT pg_try_advisory_lock($1::bigint)", [Parameter(key)])])
    return results.first?.isTrue(0, 0) ?? false
  }

  /// Who has the lock, in words; empty where nobody has.
  static func holder(_ connection: Connection) throws(ServerError) -> String {
    let question = """
      SELECT concat_ws(', ', 'process ' || a.pid || ' of the server', 'from ' || host(a.client_addr),
        'since ' || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'))
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint << 32 | l.objid::bigint = $1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """
    return try connection.run([.text(question, [Parameter(key)])]).first?.text(0, 0) ?? ""
  }

  private static func refusal(_ holder: String, _ server: Server) -> StoreError {
    StoreError(
      .taken,
      """
      another gateway has the store at \(server.location)\(holder.isEmpty ? "" : " (\(holder))"). One store serves one gateway: \
      stop that one, give this one a database of its own (--store postgresql://…), or none (--store memory)
      """)
  }
}
