/// A small generator with a seed (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }

  /// Valid UTF-8 of about this many bytes, with characters of every length.
  mutating func text(_ count: Int) -> [UInt8] {
    var text = ""
    while text.utf8.count < count {
      let ranges: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0x20...0x7E, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
      ]
      let range = ranges.randomElement(using: &self) ?? 0x20...0x7E
      if let scalar = UInt32.random(in: range, using: &self).scalar { text.unicodeScalars.append(scalar) }
    }
    return Array(text.utf8)
  }
}

extension UInt32 {
  fileprivate var scalar: Unicode.Scalar? { Unicode.Scalar(self) }
}
