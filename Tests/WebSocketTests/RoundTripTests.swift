import Testing

@testable import WebSocket

/// Random messages from one end to the other, in random fragments with control frames between them, cut at random.
@Suite struct RoundTripTests {
  @Test(arguments: 1...20, [WebSocketRole.server, .client])
  func whatIsSentIsReceived(seed: UInt64, sender: WebSocketRole) {
    var random = SeededGenerator(seed: seed)
    let receiver = EngineRun(sender == .server ? .client : .server)
    var wire: [UInt8] = []
    var expected: [Received] = []
    for _ in 0..<30 { appendMessage(from: sender, to: &wire, &expected, using: &random) }
    var start = 0
    while start < wire.count {
      let end = min(wire.count, start + randomLength(using: &random) + 1)
      receiver.take(wire[start..<end])
      start = end
    }
    #expect(receiver.received == expected)
    let pings = expected.compactMap {
      if case .ping(let payload) = $0 { Received.pong(payload) } else { nil }
    }
    #expect(receiver.written() == pings)
    #expect(receiver.heldBytes <= SendQueue.keptBytes)
  }

  private func appendMessage(
    from role: WebSocketRole, to wire: inout [UInt8], _ expected: inout [Received],
    using random: inout SeededGenerator
  ) {
    let encoder = FrameEncoder(role: role)
    let kind = Bool.random(using: &random) ? MessageKind.text : .binary
    let length = randomLength(using: &random)
    let payload = kind == .text ? random.text(length) : random.bytes(length)
    var rest = payload[...]
    var opcode = kind.opcode
    repeat {
      let piece = rest.prefix(Bool.random(using: &random) ? rest.count : randomLength(using: &random))
      rest = rest.dropFirst(piece.count)
      let isFinal = rest.isEmpty && Bool.random(using: &random)
      piece.withUnsafeBytes { encoder.append(opcode, isFinal: isFinal, $0, to: &wire, using: &random) }
      if isFinal { break }
      opcode = .continuation
      guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
      let control = random.bytes(Int.random(in: 0...125, using: &random))
      let isPing = Bool.random(using: &random)
      control.withUnsafeBytes { encoder.append(isPing ? .ping : .pong, $0, to: &wire, using: &random) }
      expected.append(isPing ? .ping(control) : .pong(control))
    } while true
    expected.append(.message(kind, payload))
  }

  /// Mostly short; now and then around the borders of the length's forms.
  private func randomLength(using random: inout SeededGenerator) -> Int {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: Int.random(in: 120...130, using: &random)
    case 1: Int.random(in: 65_530...65_540, using: &random)
    case 2: Int.random(in: 0...5000, using: &random)
    default: Int.random(in: 0...40, using: &random)
    }
  }
}
