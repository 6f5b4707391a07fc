internal import CLinux
internal import EventLoop
internal import System

/// The part of a ``ScriptedOllama`` that lives on its loop: the listener and the connections.
///
/// `@unchecked Sendable`: but for `record` and `responders`, which are locks, and constants, everything is used on
/// the loop's thread alone.
final class ScriptedServer: @unchecked Sendable {
  struct Responders: Sendable {
    var respond: ScriptedOllama.Responder
    var onHead: ScriptedOllama.EarlyResponder?
  }

  let loop: EventLoop
  let bodyLimit: Int
  let record: Lock<ScriptedRecord>
  let responders: Lock<Responders>

  /// What all connections read into, one after the other.
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private(set) var openGates: Set<String> = []
  private let listener: Int32
  private var listenerWatch: Watch?
  private var acceptTimer: LoopTimer?
  private var successor: RefusingPort?
  private var connections: [Int: ScriptedConnection] = [:]
  private var acceptedCount = 0

  init(loop: EventLoop, listener: Int32, bodyLimit: Int, recordLimit: Int, responders: Responders) {
    self.loop = loop
    self.listener = listener
    self.bodyLimit = bodyLimit
    self.responders = Lock(responders)
    record = Lock(ScriptedRecord(limit: recordLimit))
  }

  deinit {
    readBuffer.deallocate()
  }

  func start() {
    watchListener()
  }

  func stop() {
    listenerWatch?.cancelBeforeClose()
    listenerWatch = nil
    acceptTimer?.cancel()
    // The port stays ours, so that connecting to it is refused and does not reach another test's server.
    successor = try? RefusingPort(Sockets.port(of: listener))
    close(listener)
    for connection in Array(connections.values) { connection.end(.stopped) }
  }

  func open(_ gate: String) {
    openGates.insert(gate)
    for connection in Array(connections.values) { connection.goOn(from: .gate(gate)) }
  }

  func closeIdleConnections() {
    for connection in Array(connections.values) where connection.isIdle { connection.end(.stopped) }
  }

  func resetAllConnections() {
    for connection in Array(connections.values) { connection.end(.stopped, withReset: true) }
  }

  func forget(_ connection: ScriptedConnection) {
    connections[connection.number] = nil
    record.withLock { $0.snapshot.openConnections -= 1 }
  }

  private func watchListener() {
    do {
      listenerWatch = try loop.watch(listener, for: .readable) { [unowned self] _ in acceptAll() }
    } catch {
      preconditionFailure("the fake Ollama cannot watch its listener: \(error)")
    }
  }

  private func acceptAll() {
    do throws(SystemCallError) {
      while let descriptor = try Sockets.accept(listener) { add(descriptor) }
    } catch {
      // No descriptors left, or a connection that was gone before it was taken. A level-triggered listener would
      // spin: look again in a moment.
      listenerWatch?.cancel()
      listenerWatch = nil
      let timer = acceptTimer ?? loop.makeTimer { [unowned self] in watchListener() }
      acceptTimer = timer
      timer.schedule(after: .milliseconds(5))
    }
  }

  private func add(_ descriptor: Int32) {
    acceptedCount += 1
    let connection = ScriptedConnection(server: self, number: acceptedCount, descriptor: descriptor)
    connections[connection.number] = connection
    record.withLock {
      $0.snapshot.acceptedConnections += 1
      $0.snapshot.openConnections += 1
    }
    connection.start()
  }
}
