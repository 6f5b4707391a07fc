/// Reads what a WebSocket server sends, strictly.
struct TestFrameParser {
  private var buffer: [UInt8] = []
  private var start = 0
  /// The message of which the last fragment has not come.
  private var fragments: (opcode: UInt8, bytes: [UInt8])?

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: start < 1 << 16)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole message or control frame; nil until more has come.
  ///
  /// - Throws: what the server has done wrong.
  mutating func next() throws(TestWebSocketError) -> TestWebSocket.Message? {
    while let (isFinal, opcode, payload) = try nextFrame() {
      switch opcode {
      case TestFrame.Opcode.close: return try close(payload)
      case TestFrame.Opcode.ping: return .ping(payload)
      case TestFrame.Opcode.pong: return .pong(payload)
      case TestFrame.Opcode.continuation:
        guard fragments != nil else { throw .brokenRule("a continuation of nothing") }
        fragments?.bytes += payload
      default:
        guard fragments == nil else { throw .brokenRule("a message inside another") }
        fragments = (opcode, payload)
      }
      if isFinal, let whole = fragments {
        fragments = nil
        return whole.opcode == TestFrame.Opcode.text ? .text(try text(whole.bytes)) : .binary(whole.bytes)
      }
    }
    return nil
  }

  private mutating func nextFrame() throws(TestWebSocketError) -> (Bool, UInt8, [UInt8])? {
    let there = buffer.count - start
    guard there >= 2 else { return nil }
    let (first, second) = (buffer[start], buffer[start + 1])
    guard first & 0x70 == 0 else { throw .brokenRule("a reserved bit is set") }
    guard second & 0x80 == 0 else { throw .brokenRule("a server's frame is masked") }
    let opcode = first & 0x0f
    guard [0, 1, 2, 8, 9, 10].contains(opcode) else { throw .brokenRule("opcode \(opcode)") }
    let short = second & 0x7f
    let more = short == 126 ? 2 : short == 127 ? 8 : 0
    guard there >= 2 + more else { return nil }
    let length =
      more == 0 ? Int(short) : buffer[(start + 2)..<(start + 2 + more)].reduce(0) { $0 << 8 | Int($1) }
    let shortest = more == 0 ? 0 : more == 2 ? 126 : 0x1_0000
    guard length >= shortest else { throw .brokenRule("a length in too many bytes") }
    guard opcode < 8 || (length <= 125 && first & 0x80 != 0) else {
      throw .brokenRule("a long or fragmented control frame")
    }
    guard there >= 2 + more + length else { return nil }
    let payload = Array(buffer[(start + 2 + more)..<(start + 2 + more + length)])
    start += 2 + more + length
    return (first & 0x80 != 0, opcode, payload)
  }

  private func close(_ payload: [UInt8]) throws(TestWebSocketError) -> TestWebSocket.Message {
    guard payload.count != 1 else { throw .brokenRule("half a close code") }
    guard payload.count >= 2 else { return .close(nil, "") }
    return .close(UInt16(payload[0]) << 8 | UInt16(payload[1]), try text(Array(payload[2...])))
  }

  private func text(_ bytes: [UInt8]) throws(TestWebSocketError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .brokenRule("text is no UTF-8") }
    return text
  }
}
