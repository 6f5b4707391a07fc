internal import Bytes
public import System

extension WebSocketEngine {
  /// Reads on to the next event, and takes what it read off the front of `input`.
  ///
  /// The payloads are unmasked where they are, so `input` must be the caller's to change. A message that came in one
  /// frame and is whole in `input` is lent from there; others are put together first.
  ///
  /// - Returns: nil if there is none before the end of `input`, which is then empty.
  public mutating func next(
    from input: inout UnsafeMutableRawBufferPointer, at now: MonotonicTime
  ) -> WebSocketEvent? {
    if isMessageLent {
      message.removeAll()
      isMessageLent = false
    }
    if !input.isEmpty { keepAlive.heard() }
    while phase != .closed {
      do {
        guard let part = try parser.next(from: &input) else { return nil }
        if parser.isIdle { keepAlive.wasWhole() }
        if let event = event(for: part, at: now) { return event }
      } catch {
        return .closed(fail(error, at: now))
      }
    }
    input = UnsafeMutableRawBufferPointer(rebasing: input[input.count...])
    return nil
  }

  private mutating func event(for part: FramePart, at now: MonotonicTime) -> WebSocketEvent? {
    if case .close(let code, let reason) = part {
      return .closed(endHandshake(code, reason: String(decoding: reason, as: UTF8.self), at: now))
    }
    guard phase == .open else { return nil }
    switch part {
    case .data(let kind, let piece, let isFirst, let isLast):
      return event(for: kind, piece, isWhole: isFirst && isLast, isLast: isLast)
    case .ping(let payload):
      answer(ping: payload)
      return .ping(payload)
    case .pong(let payload): return .pong(payload)
    case .close: return nil
    }
  }

  private mutating func event(
    for kind: MessageKind, _ piece: UnsafeRawBufferPointer, isWhole: Bool, isLast: Bool
  ) -> WebSocketEvent? {
    if isWhole { return .message(kind, piece) }
    message.append(piece, bound: parser.messageBytes)
    guard isLast else { return nil }
    isMessageLent = true
    return .message(kind, message.bytes)
  }
}
