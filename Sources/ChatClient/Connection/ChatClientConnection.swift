internal import EventLoop
internal import HTTPFields
internal import System
internal import WebSocket

/// What a ``ChatClientConnection`` tells. Called on the loop's thread.
protocol ChatClientConnectionDelegate: AnyObject {
  func connectionDidOpen(_ connection: ChatClientConnection)
  /// A text message, valid during the call.
  func connection(_ connection: ChatClientConnection, didReceive text: UnsafeRawBufferPointer)
  /// It is over, or was never made. Once; nothing follows.
  func connection(_ connection: ChatClientConnection, didEnd end: ChatLinkError)
}

/// One WebSocket to the gateway: a connection over TCP or TLS on an event loop, the handshake and the engine. Lives on its
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
  /// How often a buffer is filled before the loop does something else.
  private static let readsPerTick = 16

  let loop: EventLoop
  let url: ChatURL
  weak var delegate: (any ChatClientConnectionDelegate)?
  var state = State.connecting
  var engine: WebSocketEngine
  private(set) var timer: LoopTimer?
  private var connectDeadline: MonotonicTime

  private let target: String
  /// Fields of the handshake's request that say who asks.
  private let credentials: [HTTPField]
  private let handshake = ClientHandshake()
  private var response = UpgradeResponse()
  /// Of the request, what the socket has not taken.
  private var request: [UInt8] = []
  private let dialer: any ChatDialer
  /// Once it is connected, and until the end.
  private var transport: (any ChatTransport)?
  private var watch: Watch?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

  /// - Parameters:
  ///   - settings: where, with which key, and which certificates are believed.
  ///   - session: the one to join; nil for a new one.
  init(_ settings: ChatSettings, session: String?, on loop: EventLoop) {
    self.loop = loop
    url = settings.url
    target = url.target(session: session)
    credentials = settings.key.map { [("Authorization", "Bearer \($0.text)")] } ?? []
    dialer =
      url.isSecure
      ? TLSDialer(
        host: url.host, port: url.port, trusting: settings.authorities, timeout: Self.connectTimeout, on: loop
      )
      : TCPDialer(host: url.host, port: url.port, on: loop)
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
    // The dialer drops it when it has called it, or is cancelled.
    dialer.start { [self] in found($0) }
  }

  /// Sends a text message, once the connection is open.
  func send(_ text: [UInt8]) {
    guard state == .open else { return }
    switch text.withUnsafeBytes({ engine.send(.text, $0) }) {
    case .queued, .congested, .closed: break
    case .overflow: return end(ChatLinkError(reason: "the gateway takes nothing any more"))
    }
    flush()
  }

  /// Takes leave. The end is told when the gateway has closed as well, or soon.
  func close() {
    guard state == .open else { return end(ChatLinkError(reason: "closed")) }
    engine.close(.normal, at: loop.now)
    flush()
  }

  func end(_ end: ChatLinkError) {
    guard state != .ended else { return }
    state = .ended
    engine.disconnect()
    timer?.cancel()
    closeSocket()
    delegate?.connection(self, didEnd: end)
  }

  private func fail(_ reason: ChatLinkError) {
    var error = reason
    error.reason = "\(url): \(reason.reason)"
    end(error)
  }

  private func closeSocket() {
    dialer.cancel()
    watch?.cancelBeforeClose()
    watch = nil
    transport?.close()
    transport = nil
  }

  private func timeIsUp() {
    guard state == .open else {
      return end(ChatLinkError(reason: "\(url) gives no response"))
    }
    switch engine.tick(at: loop.now) {
    case .nothing: timer?.schedule(at: engine.deadline)
    case .write: flush()
    case .disconnect: end(ChatLinkError(reason: "\(url) is silent"))
    }
  }
}

// MARK: - Connecting

extension ChatClientConnection {
  private func found(_ result: Result<any ChatTransport, ChatLinkError>) {
    guard state == .connecting else { return }
    do throws(ChatLinkError) {
      let transport = try result.get()
      self.transport = transport
      watch = try watch(transport)
    } catch {
      return fail(error)
    }
    state = .handshaking
    request = handshake.requestHead(target: target, host: url.hostField, others: credentials)
    flush()
  }

  private func watch(_ transport: any ChatTransport) throws(ChatLinkError) -> Watch {
    do throws(SystemCallError) {
      return try loop.watch(transport.descriptor, for: .readable) { [unowned self] in socketIsReady($0) }
    } catch {
      throw ChatLinkError(error)
    }
  }

  private func takeResponse(_ input: inout UnsafeMutableRawBufferPointer) {
    do throws(ChatLinkError) {
      guard try response.take(&input) else { return }
      try response.check(handshake, hasKey: !credentials.isEmpty)
    } catch {
      return fail(error)
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
      if !events.isDisjoint(with: [.readable, .hangUp, .error]) { read() }
      if events.contains(.writable) { flush() }
    }
  }

  /// Reads until there is nothing, as the socket tells nothing of what TLS holds; after a while others have their turn.
  private func read() {
    for _ in 0..<Self.readsPerTick {
      guard state != .ended, let transport else { return }
      do throws(ChatLinkError) {
        guard let count = try transport.read(into: buffer) else { return }
        guard count > 0 else { return hungUp() }
        receive(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      } catch {
        return fail(error)
      }
    }
    let bound = LoopBound(self, to: loop)
    loop.execute { bound.value.read() }
  }

  /// A refusal may end before its body is whole.
  private func hungUp() {
    if state == .handshaking, response.isHeadWhole {
      do throws(ChatLinkError) {
        try response.check(handshake, hasKey: !credentials.isEmpty)
      } catch {
        return fail(error)
      }
    }
    end(ChatLinkError(reason: "\(url) has closed the connection"))
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
    case .answered: end(ChatLinkError(reason: "closed"))
    case .peer:
      // What was said to be wrong with us would be wrong again, and so would what a policy forbids.
      let isFinal = closure.code.map { [1002, 1003, 1007, 1008, 1009, 1010].contains($0.rawValue) } ?? false
      end(ChatLinkError(reason: "the gateway closed\(code)\(reason)", isFinal: isFinal))
    case .failure:
      end(ChatLinkError(reason: "the gateway broke the protocol\(reason)", isFinal: true))
    }
  }

  private func wait(forWriting isBlocked: Bool) throws(ChatLinkError) {
    do throws(SystemCallError) {
      try watch?.update(isBlocked ? [.readable, .writable] : .readable)
    } catch {
      throw ChatLinkError(error)
    }
  }

  /// Writes what waits.
  private func flush() {
    guard state == .handshaking || state == .open, let transport else { return }
    do throws(ChatLinkError) {
      request.removeFirst(try request.withBytes { (b) throws(ChatLinkError) in try transport.write(b) })
      if state == .open, request.isEmpty, engine.hasPending {
        engine.consume(try engine.withPending { (bytes) throws(ChatLinkError) in try transport.write(bytes) })
      }
      let isBlocked = transport.hasUnsent || !request.isEmpty || state == .open && engine.hasPending
      try wait(forWriting: isBlocked)
    } catch {
      return fail(error)
    }
    if state == .open { timer?.schedule(at: engine.deadline) }
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
