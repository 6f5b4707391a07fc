internal import EventLoop
internal import Glibc
internal import HTTPFields
internal import WebSocket

/// What a ``ChatClientConnection`` tells. Called on the loop's thread.
protocol ChatClientConnectionDelegate: AnyObject {
  func connectionDidOpen(_ connection: ChatClientConnection)
  /// A text message, valid during the call.
  func connection(_ connection: ChatClientConnection, didReceive text: UnsafeRawBufferPointer)
  /// It is over, or was never made. Once; nothing follows.
  func connection(_ connection: ChatClientConnection, didEnd end: ChatLinkEnd)
}

/// One WebSocket to the gateway: a non-blocking TCP socket on an event loop, the handshake and the engine. Lives on its
/// loop, and is used once: another try is another connection.
final class ChatClientConnection {
  enum State {
    case connecting
    case handshaking
    case open
    case ended
  }

  /// From the start to the end of the handshake.
  static let connectTimeout = Duration.seconds(10)

  let loop: EventLoop
  let url: ChatURL
  weak var delegate: (any ChatClientConnectionDelegate)?
  var state = State.connecting
  var engine: WebSocketEngine
  private(set) var timer: LoopTimer?
  private var connectDeadline: MonotonicTime

  private let target: String
  private let handshake = ClientHandshake()
  private var response = UpgradeResponse()
  /// Of the request, what the socket has not taken.
  private var request: [UInt8] = []
  private var addresses: [HostLookup.Address] = []
  private(set) var socket: Int32 = -1
  private var watch: Watch?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

  init(to url: ChatURL, session: String?, on loop: EventLoop) {
    self.loop = loop
    self.url = url
    target = url.target(session: session)
    engine = WebSocketEngine(role: .client, limits: Self.limits, at: loop.now)
    connectDeadline = loop.now + Self.connectTimeout
    timer = loop.makeTimer { [unowned self] in timeIsUp() }
  }

  deinit { buffer.deallocate() }

  /// A session's history comes in one message.
  private static var limits: WebSocketLimits {
    var limits = WebSocketLimits()
    limits.frameBytes = ChatSession.messageBytes
    limits.messageBytes = ChatSession.messageBytes
    limits.send.bound = 4 << 20
    limits.closeTimeout = .seconds(2)
    return limits
  }

  func start() {
    timer?.schedule(at: connectDeadline)
    let bound = LoopBound(self, to: loop)
    HostLookup.find(url.host, port: url.port) { [loop] result in
      loop.execute { bound.value.found(result) }
    }
  }

  /// Sends a text message, once the connection is open.
  func send(_ text: [UInt8]) {
    guard state == .open else { return }
    switch text.withUnsafeBytes({ engine.send(.text, $0) }) {
    case .queued, .congested, .closed: break
    case .overflow: return end(ChatLinkEnd(reason: "the gateway takes nothing any more"))
    }
    flush()
  }

  /// Takes leave. The end is told when the gateway has answered, or soon.
  func close() {
    guard state == .open else { return end(ChatLinkEnd(reason: "closed")) }
    engine.close(.normal, at: loop.now)
    flush()
  }

  func end(_ end: ChatLinkEnd) {
    guard state != .ended else { return }
    state = .ended
    engine.disconnect()
    timer?.cancel()
    closeSocket()
    delegate?.connection(self, didEnd: end)
  }

  private func closeSocket() {
    watch?.cancelBeforeClose()
    watch = nil
    if socket >= 0 { Glibc.close(socket) }
    socket = -1
  }

  private func timeIsUp() {
    guard state == .open else {
      return end(ChatLinkEnd(reason: "\(url) gives no answer"))
    }
    switch engine.tick(at: loop.now) {
    case .nothing: timer?.schedule(at: engine.deadline)
    case .write: flush()
    case .disconnect: end(ChatLinkEnd(reason: "\(url) is silent"))
    }
  }
}

// MARK: - Connecting

extension ChatClientConnection {
  private func found(_ result: Result<[HostLookup.Address], ChatLinkEnd>) {
    guard state == .connecting else { return }
    switch result {
    case .success(let addresses):
      self.addresses = addresses
      connectToNext(after: nil)
    case .failure(let failure): end(failure)
    }
  }

  /// Tries the next address.
  private func connectToNext(after failure: SystemCallError?) {
    closeSocket()
    guard !addresses.isEmpty else {
      let reason = failure.map { String(cString: strerror($0.code)) } ?? "no address"
      return end(ChatLinkEnd(reason: "\(url): \(reason)"))
    }
    let address = addresses.removeFirst()
    do throws(SystemCallError) {
      let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
      socket = try systemCall("socket") { Glibc.socket(address.family, type, 0) } ?? -1
      var yes: Int32 = 1
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      try connect(to: address)
      watch = try loop.watch(socket, for: .writable) { [unowned self] in socketIsReady($0) }
    } catch {
      connectToNext(after: error)
    }
  }

  private func connect(to address: HostLookup.Address) throws(SystemCallError) {
    do throws(SystemCallError) {
      try systemCall("connect") {
        address.bytes.withUnsafeBytes {
          Glibc.connect(
            socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
      }
    } catch {
      // The socket becomes writable when it is connected.
      guard error.code == EINPROGRESS else { throw error }
    }
  }

  /// The connection was made, or not.
  private func finishConnecting() {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
    guard code == 0 else { return connectToNext(after: SystemCallError(call: "connect", code: code)) }
    state = .handshaking
    let fields = [("Host", url.authority)] + handshake.fields
    let lines = ["GET \(target) HTTP/1.1"] + fields.map { "\($0.0): \($0.1)" }
    request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    flush()
  }

  private func takeResponse(_ input: inout UnsafeMutableRawBufferPointer) {
    do throws(ChatLinkEnd) {
      guard try response.take(&input) else { return }
      try response.check(handshake)
    } catch {
      return end(ChatLinkEnd(reason: "\(url): \(error.reason)", isFinal: error.isFinal))
    }
    state = .open
    engine = WebSocketEngine(role: .client, limits: Self.limits, at: loop.now)
    timer?.schedule(at: engine.deadline)
    delegate?.connectionDidOpen(self)
  }
}

// MARK: - The socket

extension ChatClientConnection {
  private func socketIsReady(_ events: IOEvents) {
    // What a handler does may drop the last reference.
    withExtendedLifetime(self) {
      if state == .connecting { return finishConnecting() }
      if !events.isDisjoint(with: [.readable, .hangUp, .error]) { read() }
      if events.contains(.writable) { flush() }
    }
  }

  private func read() {
    guard state != .ended else { return }
    do throws(SystemCallError) {
      guard let count = try systemCall("recv", { recv(socket, buffer.baseAddress, buffer.count, 0) }) else {
        return
      }
      guard count > 0 else { return end(ChatLinkEnd(reason: "\(url) has closed the connection")) }
      receive(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    } catch {
      end(ChatLinkEnd(reason: "\(url): \(String(cString: strerror(error.code)))"))
    }
  }

  private func receive(_ bytes: UnsafeMutableRawBufferPointer) {
    var input = bytes
    if state == .handshaking { takeResponse(&input) }
    while state == .open, let event = engine.next(from: &input, at: loop.now) {
      switch event {
      case .message(.text, let text): delegate?.connection(self, didReceive: text)
      case .message(.binary, _): engine.close(.unsupportedData, at: loop.now)
      case .ping, .pong: break
      case .closed(let closure): return closed(closure)
      }
    }
    flush()
  }

  /// The closing handshake is over, or the gateway broke the protocol.
  private func closed(_ closure: WebSocketClosure) {
    // The close frame goes out if the socket takes it at once; nobody waits for it.
    flush()
    let code = closure.code.map { " with \($0)" } ?? ""
    let reason = closure.reason.isEmpty ? "" : " (\(closure.reason))"
    switch closure.cause {
    case .answered: end(ChatLinkEnd(reason: "closed"))
    case .peer:
      // What was said to be wrong with us would be wrong again.
      let isFinal = closure.code.map { [1002, 1003, 1007, 1009, 1010].contains($0.rawValue) } ?? false
      end(ChatLinkEnd(reason: "the gateway closed\(code)\(reason)", isFinal: isFinal))
    case .failure:
      end(ChatLinkEnd(reason: "the gateway broke the protocol\(reason)", isFinal: true))
    }
  }

  /// Writes what waits.
  private func flush() {
    guard state == .handshaking || state == .open else { return }
    do throws(SystemCallError) {
      if !request.isEmpty {
        request.removeFirst(try request.withBytes { (b) throws(SystemCallError) in try write(b) })
      }
      if state == .open, request.isEmpty, engine.hasPending {
        engine.consume(try engine.withPending { (bytes) throws(SystemCallError) in try write(bytes) })
      }
      let isBlocked = !request.isEmpty || state == .open && engine.hasPending
      try watch?.update(isBlocked ? [.readable, .writable] : .readable)
    } catch {
      return end(ChatLinkEnd(reason: "\(url): \(String(cString: strerror(error.code)))"))
    }
    if state == .open { timer?.schedule(at: engine.deadline) }
  }

  /// - Returns: how many bytes the socket took.
  private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) -> Int {
    try systemCall("send") { Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) } ?? 0
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` with a typed error.
  fileprivate func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
  }
}
