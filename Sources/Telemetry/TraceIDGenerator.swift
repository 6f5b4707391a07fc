/// Makes the random ids of traces, their spans and requests.
///
/// By a generator of its own (xoshiro256**, Blackman and Vigna), seeded from the system's: a system call for each request
/// would cost more than the rest of the id. The ids are unique, not secret. One for each loop: it is not shared.
public struct TraceIDGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Seeded from the system's random number generator.
  public init() {
    var system = SystemRandomNumberGenerator()
    // The odd constant keeps the state off zero, where the generator would stay for ever.
    self.init(seed: (system.next(), system.next(), system.next(), system.next() | 1))
  }

  init(seed: (UInt64, UInt64, UInt64, UInt64)) { state = seed }

  /// A new trace: 128 random bits, not all zero. Its text is a request id as well.
  public mutating func traceID() -> TraceID {
    while true {
      if let id = TraceID(upper: nextWord(), lower: nextWord()) { return id }
    }
  }

  /// A new span: 64 random bits, not all zero.
  public mutating func spanID() -> UInt64 {
    while true {
      let id = nextWord()
      if id != 0 { return id }
    }
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
