/// Bytes of a ``MemoryBudget`` as a value with an owner, who may be on any thread: they are given back when the last
/// reference goes, however that comes. For what is counted at coarse moments.
public final class MemoryHold: Sendable {
  /// How many are held.
  public let bytes: Int
  private let budget: MemoryBudget
  private let account: ClientAccount?

  /// - Throws: ``MemoryRefusal`` where the budget or the client's share has not got so many.
  public init(
    _ bytes: Int, of budget: MemoryBudget, for account: ClientAccount?
  ) throws(MemoryRefusal) {
    if let account, !account.take(bytes, of: budget.purpose, limit: budget.clientShare) {
      throw .clientShare
    }
    guard budget.take(bytes) else {
      account?.giveBack(bytes, of: budget.purpose)
      throw .exhausted
    }
    self.bytes = bytes
    self.budget = budget
    self.account = account
  }

  deinit {
    budget.giveBack(bytes)
    account?.giveBack(bytes, of: budget.purpose)
  }
}
