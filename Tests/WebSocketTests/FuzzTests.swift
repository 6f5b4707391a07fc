import Glibc
import Testing

@testable import WebSocket

/// Random and broken frames, with a seed. What must hold for each: no crash; the outcome is the same wherever the
/// input is cut; memory stays bounded; text is UTF-8; nothing follows the end; what is sent back can be read.
///
/// `FUZZ_SECONDS` lets it run that long, with further seeds.
@Suite struct FuzzTests {
  private static let messageBytes = 2000

  @Test func anyInputIsBorne() {
    let seconds = getenv("FUZZ_SECONDS").flatMap { Double(String(cString: $0)) } ?? 0
    let end = ContinuousClock.now + .seconds(seconds)
    var seed: UInt64 = 0
    var seen: Set<ProtocolError> = []
    repeat {
      for _ in 0..<600 {
        seed += 1
        guard run(seed: seed, &seen) else { return }
      }
    } while ContinuousClock.now < end
    #expect(seen == Set(ProtocolError.allCases), "the inputs go everywhere")
  }

  /// - Returns: whether all held.
  private func run(seed: UInt64, _ seen: inout Set<ProtocolError>) -> Bool {
    var random = SeededGenerator(seed: seed)
    let role = Bool.random(using: &random) ? WebSocketRole.server : .client
    let input = input(for: role, using: &random)
    let reference = engine(role)
    reference.take(input)
    let cut = engine(role)
    var start = 0
    var mostHeld = 0
    while start < input.count {
      let end = min(input.count, start + Int.random(in: 1...50, using: &random))
      cut.take(input[start..<end])
      mostHeld = max(mostHeld, cut.heldBytes)
      start = end
    }
    if case .failure(let failure)? = reference.received.last { seen.insert(failure) }
    let answer = cut.write()
    let isBounded = mostHeld <= Self.messageBytes + 2 * answer.count + 1024
    let ends = reference.received.indices.filter { reference.received[$0].isEnd }
    let sound =
      cut.received == reference.received && cut.closures == reference.closures && isBounded
      && reference.received.allSatisfy { $0.isSound(messageBytes: Self.messageBytes) }
      && ends.allSatisfy { $0 == reference.received.count - 1 }
      && reference.closures.count == ends.count
      && isReadable(answer, from: role, closed: !ends.isEmpty)
    #expect(sound, "seed \(seed)")
    return sound
  }

  private func engine(_ role: WebSocketRole) -> EngineRun {
    var limits = WebSocketLimits()
    limits.messageBytes = Self.messageBytes
    limits.frameBytes = 1500
    return EngineRun(role, limits: limits)
  }

  /// Pongs, and a close frame at the end if there was one in the input or a failure.
  private func isReadable(_ answer: [UInt8], from role: WebSocketRole, closed: Bool) -> Bool {
    let read = parsed(answer, role: role == .server ? .client : .server)
    let pongs = closed ? read.dropLast() : read[...]
    let onlyPongs = pongs.allSatisfy { if case .pong = $0 { true } else { false } }
    guard closed else { return onlyPongs }
    guard case .close? = read.last else { return false }
    return onlyPongs
  }

  private func input(for role: WebSocketRole, using random: inout SeededGenerator) -> [UInt8] {
    if Int.random(in: 0..<10, using: &random) == 0 {
      return random.bytes(Int.random(in: 0...300, using: &random))
    }
    var bytes: [UInt8] = []
    var isInMessage = false
    for _ in 0..<Int.random(in: 1...12, using: &random) {
      let frame = frame(for: role, isInMessage: isInMessage, using: &random)
      if frame.opcode < 8 { isInMessage = !frame.isFinal }
      bytes += frame.bytes
    }
    for _ in 0..<[0, 0, 1, 3].randomElement(using: &random)! where !bytes.isEmpty {
      mutate(&bytes, using: &random)
    }
    return bytes
  }

  /// Mostly right.
  private func frame(
    for role: WebSocketRole, isInMessage: Bool, using random: inout SeededGenerator
  ) -> RawFrame {
    func isRare() -> Bool { Int.random(in: 0..<40, using: &random) == 0 }
    let opcode: UInt8 =
      switch Int.random(in: 0..<20, using: &random) {
      case 0: 8
      case 1...3: 9
      case 4...6: 10
      default: isInMessage ? 0 : UInt8.random(in: 1...2, using: &random)
      }
    let isControl = opcode >= 8
    let length = Int.random(in: 0...(isControl ? 120 : 700), using: &random)
    var frame = RawFrame(isFinal: isControl || Bool.random(using: &random), opcode: opcode)
    frame.payload = opcode == 2 || isRare() ? random.bytes(length) : random.text(length)
    if opcode == 8, frame.payload.count >= 2, !isRare() { frame.payload[...1] = [3, 232] }
    if opcode == 8, isRare() { frame.payload = [3] }
    if (role == .server) != isRare() { frame.mask = random.bytes(4) }
    if isRare() { frame.isFinal.toggle() }
    if isRare() { frame.opcode = UInt8.random(in: 0...15, using: &random) }
    if isRare() { frame.reserved = UInt8.random(in: 0...7, using: &random) }
    if isRare() { frame.lengthForm = .bits64 }
    if isRare() { frame.announced = random.next() >> [0, 0, 1, 48, 54].randomElement(using: &random)! }
    return frame
  }

  private func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
    let index = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
    case 2: bytes.remove(at: index)
    case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
    default: bytes.removeLast(bytes.count - index)
    }
  }
}

extension Received {
  fileprivate var isEnd: Bool {
    switch self {
    case .close, .failure: true
    default: false
    }
  }

  fileprivate func isSound(messageBytes: Int) -> Bool {
    switch self {
    case .message(let kind, let payload):
      payload.count <= messageBytes && (kind == .binary || isText(payload))
    case .ping(let payload), .pong(let payload): payload.count <= 125
    case .close(let code, let reason):
      isText(reason) && code.map { CloseCode(rawValue: $0).maySend } ?? reason.isEmpty
    case .failure: true
    }
  }

  private func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}
