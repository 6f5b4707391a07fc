/// What waits for the end of a loop's tick, in the order in which it was asked for. What is asked for while the others have their
/// share waits for the next round.
///
/// A plain value, whose owner has a ``TickHandler`` go through it; its two pieces of memory are used again.
public struct TickList<Element> {
  @usableFromInline var waiting: [Element]
  /// Empty memory, of the round before.
  @usableFromInline var spare: [Element]

  /// An empty one.
  @inlinable
  public init() {
    waiting = []
    spare = []
  }

  /// Whether nothing waits.
  @inlinable
  public var isEmpty: Bool { waiting.isEmpty }

  /// Puts something behind all that waits.
  @inlinable
  public mutating func append(_ element: Element) { waiting.append(element) }

  /// All that waits; nothing does any more. What was taken comes back by ``reuse(_:)``.
  @inlinable
  public mutating func take() -> [Element] {
    swap(&waiting, &spare)
    defer { spare = [] }
    return spare
  }

  /// Takes back the memory of what was done. One by one: `removeAll` replaces a range, which of the few that there are takes ten times as
  /// long.
  @inlinable
  public mutating func reuse(_ done: consuming [Element]) {
    while done.popLast() != nil {}
    spare = done
  }
}
