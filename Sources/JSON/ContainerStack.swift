/// The arrays and objects that are open at a place in a document, at one bit each and a fixed size.
struct ContainerStack {
  enum Container {
    case array, object
  }

  static let capacity = 512

  /// Bit by bit, a 1 for an object; the words are in place so that a stack costs no allocation.
  private var bits = SIMD8<UInt64>(repeating: 0)
  private var count = 0

  var isEmpty: Bool { count == 0 }

  var innermost: Container? {
    guard count > 0 else { return nil }
    let (word, bit) = (count - 1).quotientAndRemainder(dividingBy: 64)
    return bits[word] & (1 << UInt64(bit)) == 0 ? .array : .object
  }

  /// False when the stack is full.
  mutating func push(_ container: Container) -> Bool {
    guard count < Self.capacity else { return false }
    let (word, bit) = count.quotientAndRemainder(dividingBy: 64)
    let mask: UInt64 = 1 << UInt64(bit)
    switch container {
    case .array: bits[word] &= ~mask
    case .object: bits[word] |= mask
    }
    count += 1
    return true
  }

  mutating func pop() {
    precondition(count > 0, "a pop without a push")
    count -= 1
  }
}
