/// A loop's part of a ``MemoryBudget``: what its holders take and give back is counted here, and only whole pieces go
/// through the counter that loops share. Lives on its loop.
public final class MemoryLease {
  /// What it is a part of.
  public let budget: MemoryBudget
  /// Bytes that this loop's holders have.
  public private(set) var used = 0
  /// Bytes of the budget that this loop has: whole pieces.
  private var leased = 0

  /// An empty one.
  public init(_ budget: MemoryBudget) { self.budget = budget }

  deinit { budget.giveBack(leased) }

  /// Bytes of the budget that nobody on this loop has.
  public var spare: Int { leased - used }

  /// Takes so many bytes, unless the budget has not got them.
  func take(_ bytes: Int) -> Bool {
    let missing = bytes - spare
    if missing > 0 {
      let pieces = MemoryBudget.rounded(missing)
      guard budget.take(pieces) else { return false }
      leased += pieces
    }
    used += bytes
    return true
  }

  /// Counts what is held already, whether the budget has it or not.
  func add(_ bytes: Int) {
    let missing = bytes - spare
    if missing > 0 {
      let pieces = MemoryBudget.rounded(missing)
      budget.add(pieces)
      leased += pieces
    }
    used += bytes
  }

  /// Keeps one piece in hand: the next to come need not ask.
  func giveBack(_ bytes: Int) {
    used -= bytes
    assert(used >= 0, "more was given back than taken")
    let pieces = spare / MemoryBudget.pieceBytes - 1
    guard pieces > 0 else { return }
    leased -= pieces * MemoryBudget.pieceBytes
    budget.giveBack(pieces * MemoryBudget.pieceBytes)
  }
}
