public import Budgets
public import EventLoop
internal import System

/// What an ``UpgradedConnection`` tells. Called on the loop's thread.
public protocol UpgradedConnectionDelegate: AnyObject {
  /// Bytes have arrived; they are valid, and may be changed, during the call.
  func connection(_ connection: UpgradedConnection, didReceive bytes: UnsafeMutableRawBufferPointer)
  /// The socket takes bytes again, after ``UpgradedConnection/write(_:)`` took fewer than it was given.
  func connectionCanWrite(_ connection: UpgradedConnection)
  /// The peer has closed its half, or reset the connection: nothing more comes. Once, and never after
  /// ``UpgradedConnection/close()``.
  func connectionDidEnd(_ connection: UpgradedConnection)
}

/// A connection that has left HTTP for another protocol (RFC 9110 section 7.8): its socket is ours. Lives on its server's
/// loop.
public final class UpgradedConnection {
  /// Set before the handler of the upgrade returns; the connection of one that sets none ends.
  public weak var delegate: (any UpgradedConnectionDelegate)?
  /// Where it lives.
  public var loop: EventLoop { connection.server.loop }
  /// What waits to be sent, or is to be read on, counts there.
  public var unsentLease: MemoryLease { connection.server.unsentLease }
  /// The account of the client; nil where no bound by client holds.
  public var account: ClientAccount? { connection.exchange?.account }
  private let connection: ServerConnection
  private let socket: ClientSocket
  private var watch: Watch?
  private var isClosed = false
  private var hasEnded = false

  /// Bytes that are read at a time. They may be some thousands of the shortest messages, each of which gets a reply: the
  /// loop's others wait for no more than that.
  private static let readSize = 16 * 1024

  /// - Parameter socket: this object's to close.
  init(_ connection: ServerConnection, socket: ClientSocket) {
    self.connection = connection
    self.socket = socket
  }

  /// Begins to listen, after the handler has made itself known; `extra` are bytes that came along with the request.
  func start(extra: UnsafeRawBufferPointer) {
    // The handler may be done with it already, or may not want it.
    guard delegate != nil else { return close() }
    guard !isClosed else { return }
    // libmicrohttpd leaves Nagle's algorithm on: a token must not wait for the one before to be acknowledged.
    socket.sendSmallPiecesAtOnce()
    do {
      watch = try loop.watch(socket.descriptor, for: [.readable, .peerClosed]) { [unowned self] events in
        isReady(events)
      }
    } catch {
      connection.server.warn("an upgraded connection cannot be watched: \(error)")
      return end()
    }
    guard !extra.isEmpty else { return }
    withUnsafeTemporaryAllocation(byteCount: extra.count, alignment: 16) { copy in
      copy.copyMemory(from: extra)
      delegate?.connection(self, didReceive: UnsafeMutableRawBufferPointer(rebasing: copy[..<extra.count]))
    }
  }

  /// Gives bytes to the socket, by one system call.
  ///
  /// - Returns: how many it took. After fewer than all, ``UpgradedConnectionDelegate/connectionCanWrite(_:)`` follows.
  public func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard !isClosed, !hasEnded, !bytes.isEmpty else { return bytes.count }
    let taken = socket.send(bytes)
    if taken < bytes.count { try? watch?.update([.readable, .peerClosed, .writable]) }
    return taken
  }

  /// Bytes of those written that the peer's end has not acknowledged; 0 where the socket cannot say.
  public var unacknowledgedBytes: Int { socket.unacknowledgedBytes }

  /// Lets ``close()`` reset the connection: the kernel would go on sending what it has to a slow reader, for as long as
  /// that likes.
  public func discardUnsent() {
    if !isClosed { socket.resetAtClose() }
  }

  /// Closes our half: the peer reads to the end of what was written, and we may still read.
  public func closeWriting() {
    if !isClosed { socket.closeWriting() }
  }

  /// Ends the connection: what was written still goes out. Once; the delegate hears no more.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    // Not left to the closing: libmicrohttpd may still have its descriptor of the same socket.
    watch?.cancel()
    watch = nil
    socket.close()
    connection.upgradedDidClose()
  }

  /// Ends the connection from this side, and tells the delegate.
  func abort() {
    end()
    close()
  }

  private func isReady(_ events: IOEvents) {
    if events.contains(.writable) {
      try? watch?.update([.readable, .peerClosed])
      delegate?.connectionCanWrite(self)
    }
    if !isClosed && !events.isDisjoint(with: [.readable, .peerClosed, .hangUp, .error]) { read() }
  }

  private func read() {
    withUnsafeTemporaryAllocation(byteCount: UpgradedConnection.readSize, alignment: 16) { buffer in
      switch socket.receive(into: buffer) {
      case .bytes(let count):
        delegate?.connection(self, didReceive: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      case .nothingYet: break
      case .end: end()
      }
    }
  }

  private func end() {
    guard !hasEnded, !isClosed else { return }
    hasEnded = true
    watch?.cancel()
    watch = nil
    delegate?.connectionDidEnd(self)
  }
}
