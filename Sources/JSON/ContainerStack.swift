/// The arrays and objects that are open at a place in a document, at one bit each.
struct ContainerStack {
  enum Container {
    case array, object
  }

  static let capacity = 512

  private(set) var count = 0
  /// The innermost containers, at most 64, the innermost in the lowest bit: a 1 for an object.
  private var innermostBits: UInt64 = 0
  /// The others, 64 a word. Few documents ever have any.
  private var outerBits: [UInt64] = []

  var isEmpty: Bool { count == 0 }

  var innermost: Container? {
    count == 0 ? nil : innermostBits & 1 == 1 ? .object : .array
  }

  /// Whether an object is open that is an element of an array, and nothing around the two.
  var isElement: Bool { count == 2 && innermostBits & 3 == 1 }

  /// False when the stack is full.
  mutating func push(_ container: Container) -> Bool {
    guard count < Self.capacity else { return false }
    if count > 0, count % 64 == 0 { outerBits.append(innermostBits) }
    innermostBits = innermostBits << 1 | (container == .object ? 1 : 0)
    count += 1
    return true
  }

  mutating func pop() {
    precondition(count > 0, "a pop without a push")
    count -= 1
    innermostBits >>= 1
    if count > 0, count % 64 == 0 { innermostBits = outerBits.removeLast() }
  }
}
