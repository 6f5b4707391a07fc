internal import Bytes
public import System

extension WebSocketEngine {
  /// Begins the closing handshake; harmless if it has begun. What waits is sent before.
  ///
  /// - Parameters:
  ///   - code: one that may be sent: ``CloseCode/maySend``.
  ///   - reason: cut to what fits, 123 bytes.
  public mutating func close(_ code: CloseCode, reason: String = "", at now: MonotonicTime) {
    guard phase == .open else { return }
    sendClose(code, reason: reason)
    phase = .closing
    stop(at: now)
  }

  /// Begins the closing handshake with a reader that is too slow: what waits is dropped, but for the frame that is
  /// being sent.
  public mutating func drop(_ code: CloseCode, reason: String = "", at now: MonotonicTime) {
    guard phase == .open else { return }
    queue.dropUnsentFrames()
    close(code, reason: reason, at: now)
  }

  /// The connection is cut, by whichever end: nothing more is read or written.
  public mutating func disconnect() {
    phase = .closed
    queue.removeAll()
    deferredPong = nil
    forgetPartialMessage()
  }

  /// Whether all is said: the closing handshake is over, or the connection failed, and nothing waits to be written.
  ///
  /// The server then ends the TCP connection; a client waits for that first, until the deadline: RFC 6455 section
  /// 7.1.1. After a failure, shut down the sending half and read on to the end or the deadline: input that was not
  /// read would reset the connection, and the close frame might be lost.
  public var isFinished: Bool { phase == .closed && queue.isEmpty }

  /// The peer's close frame came.
  mutating func endHandshake(_ code: CloseCode?, reason: String, at now: MonotonicTime) -> WebSocketClosure {
    let cause = phase == .open ? WebSocketClosure.Cause.peer : .answered
    if phase == .open { sendClose(code) }
    phase = .closed
    stop(at: now)
    return WebSocketClosure(cause: cause, code: code, reason: reason)
  }

  /// The peer broke the protocol: RFC 6455 section 7.1.7.
  mutating func fail(_ failure: ProtocolError, at now: MonotonicTime) -> WebSocketClosure {
    let reason = "\(failure.reason)"
    if phase == .open { sendClose(failure.code, reason: reason) }
    phase = .closed
    stop(at: now)
    return WebSocketClosure(cause: .failure(failure), code: failure.code, reason: reason)
  }

  /// No message is delivered and no pong sent any more.
  private mutating func stop(at now: MonotonicTime) {
    forgetPartialMessage()
    deferredPong = nil
    keepAlive.beginClosing(at: now)
  }

  /// A whole message that is lent stays: the caller may close the connection because of it, and still look at it.
  private mutating func forgetPartialMessage() {
    if !isMessageLent { message.removeAll() }
  }

  private mutating func sendClose(_ code: CloseCode?, reason: String = "") {
    guard let code else {
      sendControl(.close, UnsafeRawBufferPointer(start: nil, count: 0))
      return
    }
    precondition(code.maySend, "the close code may not be sent")
    let encoder = FrameEncoder(role: role)
    queue.appendUnbounded { buffer in
      encoder.append(.close, to: &buffer) { payload in
        payload.append(UInt8(code.rawValue >> 8))
        payload.append(UInt8(truncatingIfNeeded: code.rawValue))
        payload.append(contentsOf: reason.prefix(utf8Bytes: FrameHeader.maximumControlPayload - 2))
      }
    }
  }
}

extension String {
  /// The longest beginning that has at most this many bytes and breaks no character.
  fileprivate func prefix(utf8Bytes bound: Int) -> Substring.UTF8View {
    var end = utf8.index(utf8.startIndex, offsetBy: bound, limitedBy: utf8.endIndex) ?? utf8.endIndex
    while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
    return self[..<end].utf8
  }
}
