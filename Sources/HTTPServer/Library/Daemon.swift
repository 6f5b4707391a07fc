internal import CMicroHTTPD
internal import EventLoop
internal import Glibc
internal import System

/// One libmicrohttpd daemon (external epoll mode), and a share of its server's connections.
///
/// Each time that it has resumed a connection, the library looks at all of the daemon's that are suspended, which streams are
/// most of the time: with thousands in one, more of the CPU time goes there than into tokens. So a server has as many
/// daemons as it takes to have few connections in each.
///
/// Lives on its server's loop. ``stop()`` must be called there before the last reference goes.
final class Daemon {
  /// Whether the library is a 0.9, which cuts heads to pieces in another way than 1.0.
  static let isOldLibrary = cmhd_is_0_9() != 0

  /// From so many connections on, new ones go to another daemon.
  static let connectionLimit = 64

  unowned let server: HTTPServer
  /// The library's; nil after ``stop()``.
  private var handle: OpaquePointer?
  /// Connections that the library has.
  private(set) var connectionCount = 0
  /// Whether it is to be run before the loop sleeps: a connection was added, resumed or ended.
  private(set) var wantsRun = false
  /// The connection that is being added, until it has begun.
  private var arriving: ServerConnection?
  private var watch: Watch?
  private var isRunning = false
  /// Counts what happens in the library, as far as it tells.
  private var eventCount = 0
  private var awake = AwakeConnections()
  private var awakeTimer: LazyTimer?

  /// - Throws: if the process has no descriptors or memory left.
  init(server: HTTPServer) throws(SystemCallError) {
    self.server = server
    handle = cmhd_start_daemon(
      cmhd_daemon_flags(), Unmanaged.passUnretained(self).toOpaque(), requestArrives, requestEnds,
      connectionChanges, targetArrives, server.limits.connectionMemory,
      UInt32(server.limits.connections.limit),
      // What 0.9 refuses for strictness is refused before it gets to see it.
      Daemon.isOldLibrary ? 0 : 1)
    guard handle != nil else { throw SystemCallError(call: "MHD_start_daemon", code: systemErrorNumber()) }
    do throws(SystemCallError) {
      watch = try server.loop.watch(cmhd_epoll_descriptor(handle), for: .readable) { [unowned self] _ in
        requestRun()
      }
    } catch {
      MHD_stop_daemon(handle)
      handle = nil
      throw error
    }
    awakeTimer = LazyTimer(loop: server.loop) { [unowned self] in requestRun() }
  }

  deinit { precondition(handle == nil, "a daemon is stopped on its loop before it goes") }

  /// Without suspended connections: the library aborts where one is. It closes others that are left.
  func stop() {
    precondition(!isRunning, "libmicrohttpd is not re-entrant")
    watch?.cancel()
    awakeTimer = nil
    MHD_stop_daemon(handle)
    precondition(connectionCount == 0, "the daemon has left connections behind")
    handle = nil
  }

  /// Hands a connection to the library.
  ///
  /// - Returns: whether it began. The library has closed the socket of one that did not, or has ended.
  func add(_ connection: ServerConnection, _ arrival: AcceptedConnection) -> Bool {
    arriving = connection
    let status = withUnsafePointer(to: arrival.address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        MHD_add_connection(handle, arrival.takeDescriptor(), address, arrival.addressLength)
      }
    }
    requestRun()
    if status != .YES { server.warn("libmicrohttpd took no connection") }
    defer { arriving = nil }
    return arriving == nil
  }

  /// A connection has begun: the one that is being added.
  func connectionDidBegin() -> ServerConnection? {
    connectionCount += 1
    return arriving.take()
  }

  /// The library closes a connection.
  func connectionDidEnd() {
    connectionCount -= 1
    noteEvent()
  }

  /// Lets the daemon be run before the loop sleeps.
  func requestRun() {
    guard !wantsRun else { return }
    wantsRun = true
    if !isRunning { server.daemonWantsRun(self) }
  }

  /// Runs the library as long as it has something to do at once.
  func run() {
    precondition(!isRunning, "libmicrohttpd is not re-entrant")
    isRunning = true
    wantsRun = runLibrary()
    isRunning = false
    if wantsRun { server.daemonWantsRun(self) }
  }

  /// - Returns: whether it still has something to do.
  private func runLibrary() -> Bool {
    let eventsAtStart = eventCount
    // More rounds than any healthy connection needs: the loop serves others in between.
    for _ in 0..<16 {
      wantsRun = false
      let eventsBefore = eventCount
      MHD_run(handle)
      if !wantsRun && !isBusy(since: eventsBefore) { return false }
    }
    if wantsRun || eventCount != eventsAtStart { return true }
    // It asks for more and comes to nothing, as it does for a connection whose memory is full: the loop must not spin.
    awakeTimer?.schedule(noLaterThan: server.loop.now + Daemon.fruitlessPause)
    return false
  }

  private static let fruitlessPause = Duration.milliseconds(10)
}

// MARK: - Waiting for handlers

extension Daemon {
  /// Whether the library wants to run again at once. Without this question the end of a stream would not go out before the
  /// next event.
  ///
  /// With connections that wait awake it always says so. Then it has more to do if something has happened that leaves it
  /// with work: see where ``noteEvent()`` is called. What it does not tell us of, such as a head that takes several reads,
  /// goes on after ``AwakeConnections/longest`` at the latest.
  private func isBusy(since count: Int) -> Bool {
    var timeout: UInt64 = 0
    guard MHD_get_timeout(handle, &timeout) == .YES && timeout == 0 else { return false }
    return awake.count == 0 || eventCount != count
  }

  /// Something has happened after which the library may have more to do at once.
  func noteEvent() { eventCount &+= 1 }

  /// Whether a connection whose handler has no response yet may wait without being suspended.
  ///
  /// - Parameter start: since when it waits so, or nil where it does not yet.
  func maySpareSuspension(since start: MonotonicTime?) -> Bool {
    let now = server.loop.now
    guard awake.mayWait(since: start, at: now) else { return false }
    if start == nil { awake.count += 1 }
    // Asked in a run that was for another's sake, it is asked again in its own time: else it would stay awake, and the library, which is
    // not believed then, would not be run for what it has to do yet.
    awakeTimer?.schedule(noLaterThan: (start ?? now) + AwakeConnections.longest)
    return true
  }

  /// A connection waits awake no more.
  func endSparedSuspension() {
    awake.count -= 1
    requestRun()
  }
}
