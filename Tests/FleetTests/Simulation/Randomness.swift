import Glibc

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 up to 1.
  mutating func part() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The time to the next of events that come by themselves.
  mutating func gap(mean: Double) -> Double { -log(1 - part()) * mean }

  /// A place, by shares that add up to 1.
  mutating func place(by shares: [Double]) -> Int {
    var rest = part()
    for (place, share) in shares.enumerated() {
      rest -= share
      if rest < 0 { return place }
    }
    return shares.count - 1
  }
}
