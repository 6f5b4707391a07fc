/// The checkpoints that a store may have from this process. They are counted, so that each second has a number, also one without a
/// checkpoint.
struct HeldCheckpoints {
  /// So many bytes are enough: a reader has all of them.
  private static let bytes = 16 << 20
  /// So many are told apart, at most. A store that fails for long may have any of them.
  private static let count = 64

  /// The number of the last.
  private(set) var last = 0
  private var held: [(number: Int, bytes: Int)] = []

  /// Whether the store has none.
  var isEmpty: Bool { held.isEmpty }
  /// Whether they are so many that running generations shall have rows.
  var isFull: Bool { held.reduce(0) { $0 + $1.bytes } >= HeldCheckpoints.bytes }

  /// - Returns: the number of the next.
  mutating func next() -> Int {
    last += 1
    return last
  }

  /// The last is about to be stored.
  mutating func note(bytes: Int) {
    held.append((last, bytes))
    guard held.count > HeldCheckpoints.count else { return }
    let first = held.removeFirst()
    held[0] = (first.number, first.bytes + held[0].bytes)
  }

  /// Whether there are some before one.
  func hasSome(before number: Int) -> Bool { held.first.map { $0.number < number } ?? false }

  /// Those before one are gone.
  mutating func noteDropped(before number: Int) { held.removeAll { $0.number < number } }
}
