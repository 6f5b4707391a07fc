/// SHA-1, RFC 3174: for `Sec-WebSocket-Accept`, which proves that a server speaks the protocol and protects nothing.
struct SHA1 {
  private static let blockBytes = 64

  private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) =
    (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)

  /// The digest of a whole message.
  static func digest(of message: [UInt8]) -> [UInt8] {
    var hash = SHA1()
    let padded = padded(message)
    for start in stride(from: 0, to: padded.count, by: blockBytes) {
      hash.take(block: padded[start..<(start + blockBytes)])
    }
    let (a, b, c, d, e) = hash.state
    return [a, b, c, d, e].flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// Section 4: a one bit, zeros, and the length in bits as the last 64.
  private static func padded(_ message: [UInt8]) -> [UInt8] {
    let blocks = (message.count + 8) / blockBytes + 1
    var padded = message + [0x80]
    padded.append(contentsOf: repeatElement(0, count: blocks * blockBytes - 8 - padded.count))
    let bits = UInt64(message.count) * 8
    for shift in stride(from: 56, through: 0, by: -8) {
      padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    return padded
  }

  /// Section 6.1.
  private mutating func take(block: ArraySlice<UInt8>) {
    var words = [UInt32](repeating: 0, count: 80)
    for (index, byte) in block.enumerated() { words[index / 4] = words[index / 4] << 8 | UInt32(byte) }
    for index in 16..<80 {
      let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
      words[index] = Self.rotateLeft(mixed, 1)
    }
    var (a, b, c, d, e) = state
    for index in 0..<80 {
      let (function, constant) = Self.round(index, b, c, d)
      let next = Self.rotateLeft(a, 5) &+ function &+ e &+ words[index] &+ constant
      (a, b, c, d, e) = (next, a, Self.rotateLeft(b, 30), c, d)
    }
    state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
  }

  /// Section 5.
  private static func round(
    _ index: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32
  ) -> (function: UInt32, constant: UInt32) {
    switch index {
    case ..<20: (b & c | ~b & d, 0x5A82_7999)
    case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
    case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
    default: (b ^ c ^ d, 0xCA62_C1D6)
    }
  }

  private static func rotateLeft(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    word << bits | word >> (32 - bits)
  }
}
