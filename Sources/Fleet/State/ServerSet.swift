/// Some of the servers, by their places in the scheduler's table.
struct ServerSet: Hashable, Sendable {
  private(set) var bits: UInt128 = 0

  static let none = ServerSet()
  static let all = ServerSet(bits: .max)

  init() {}

  private init(bits: UInt128) { self.bits = bits }

  var isEmpty: Bool { bits == 0 }
  var count: Int { bits.nonzeroBitCount }

  func contains(_ place: Int) -> Bool { bits & (1 << UInt128(place)) != 0 }

  mutating func set(_ place: Int, _ isIn: Bool) {
    let bit: UInt128 = 1 << UInt128(place)
    if isIn { bits |= bit } else { bits &= ~bit }
  }

  func intersection(_ other: ServerSet) -> ServerSet { ServerSet(bits: bits & other.bits) }
  func subtracting(_ other: ServerSet) -> ServerSet { ServerSet(bits: bits & ~other.bits) }

  /// The lowest, which is taken out; nil of none.
  mutating func popFirst() -> Int? {
    guard bits != 0 else { return nil }
    let place = bits.trailingZeroBitCount
    bits &= bits &- 1
    return place
  }
}
