/// Makes request ids: 128 random bits as 32 hexadecimal digits.
///
/// By a generator of its own (xoshiro256**, Blackman and Vigna), seeded from the system's: a system call for each request
/// would cost more than the rest of the id. The ids are unique, not secret. One for each loop: it is not shared.
public struct RequestIDGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Seeded from the system's random number generator.
  public init() {
    var system = SystemRandomNumberGenerator()
    // The odd constant keeps the state off zero, where the generator would stay for ever.
    self.init(seed: (system.next(), system.next(), system.next(), system.next() | 1))
  }

  init(seed: (UInt64, UInt64, UInt64, UInt64)) { state = seed }

  /// A new id.
  public mutating func next() -> String {
    let words = (nextWord(), nextWord())
    return String(unsafeUninitializedCapacity: 32) { buffer in
      for index in 0..<16 {
        let shift = UInt64(60 - 4 * index)
        buffer[index] = Self.hexDigit(words.0 >> shift)
        buffer[16 + index] = Self.hexDigit(words.1 >> shift)
      }
      return 32
    }
  }

  private static func hexDigit(_ bits: UInt64) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: bits & 15)
    return value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
  }

  private mutating func nextWord() -> UInt64 {
    let result = rotate(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotate(state.3, 45)
    return result
  }

  private func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
}
