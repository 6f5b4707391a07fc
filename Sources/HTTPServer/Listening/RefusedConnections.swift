internal import EventLoop
internal import System

/// Connections that were refused as they came, until their clients have read why. Lives on its server's loop.
///
/// To close them at once would reset those that have sent their request already, and the kernel would throw the refusal away.
final class RefusedConnections {
  private let loop: EventLoop
  /// In the order of their coming.
  private var connections: [Connection] = []

  /// So many are kept: of more, the oldest are closed.
  static let most = 64
  /// How long a client may take to close its end.
  private static let patience = Duration.seconds(2)

  private final class Connection {
    let socket: ClientSocket
    var watch: Watch?
    var timer: LoopTimer?

    init(_ socket: ClientSocket) { self.socket = socket }

    func close() {
      watch?.cancelBeforeClose()
      timer?.cancel()
      socket.close()
    }
  }

  init(loop: EventLoop) { self.loop = loop }

  var count: Int { connections.count }

  /// Sends `response` and closes our half of the connection; the rest when its client has closed its own.
  ///
  /// - Parameter descriptor: from here on this object's.
  func refuse(_ descriptor: Int32, with response: ServerResponse) {
    let socket = ClientSocket(descriptor: descriptor)
    let response = response.allowed(to: peekAtMethod(socket))
    // What the socket does not take at once is lost: it is new, and takes more.
    WireFormat.closingResponse(response).withUnsafeBytes { _ = socket.send($0) }
    socket.closeWriting()
    let connection = Connection(socket)
    do throws(SystemCallError) {
      connection.watch = try loop.watch(descriptor, for: [.readable, .peerClosed]) {
        [unowned self, unowned connection] _ in
        drain(connection)
      }
    } catch {
      return connection.close()
    }
    connection.timer = loop.makeTimer { [unowned self, unowned connection] in end(connection) }
    connection.timer?.schedule(after: RefusedConnections.patience)
    if connections.count >= RefusedConnections.most { connections.removeFirst().close() }
    connections.append(connection)
  }

  /// Closes all of them.
  func close() {
    for connection in connections { connection.close() }
    connections = []
  }

  /// What the client asks with, as far as it has come already.
  private func peekAtMethod(_ socket: ClientSocket) -> String {
    withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { buffer in
      guard case .bytes(let count) = socket.peek(into: buffer) else { return "" }
      return RequestHeadParser.methodIfHead(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Reads on and throws away what the client sends.
  private func drain(_ connection: Connection) {
    let received = withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 16) { buffer in
      connection.socket.receive(into: buffer)
    }
    if case .end = received { end(connection) }
  }

  private func end(_ connection: Connection) {
    // Its watch and its timer are what calls.
    guard let index = connections.firstIndex(where: { $0 === connection }) else { return }
    connections.remove(at: index).close()
  }
}
