/// What one holder on a loop (a body, a response, a socket) has of its loop's lease and of its client's share. A plain
/// value in its holder, who releases it before it goes.
///
/// The first ``freeBytes`` find room always, and are not counted in the client's share: so a healthy client that holds
/// little is never refused for what others hold.
public struct MemoryCharge: ~Copyable {
  /// Bytes that the holder has.
  public private(set) var bytes = 0
  /// Bytes of the client's share: whole pieces of what is over `freeBytes`.
  private var shared = 0
  private let freeBytes: Int

  /// - Parameter freeBytes: so many are not counted.
  public init(freeBytes: Int) { self.freeBytes = freeBytes }

  /// Lets the holder have `count` bytes in place of those it has. More than there are may be refused: then it has what it
  /// had.
  public mutating func change(
    to count: Int, in lease: MemoryLease, for account: ClientAccount?
  ) -> MemoryRefusal? {
    guard count > bytes else {
      shrink(to: count, in: lease, for: account)
      return nil
    }
    guard count > freeBytes else {
      lease.add(count - bytes)
      bytes = count
      return nil
    }
    let pieces = MemoryBudget.rounded(count - freeBytes) - shared
    let budget = lease.budget
    if let account, pieces > 0 {
      guard account.take(pieces, of: budget.purpose, limit: budget.clientShare) else { return .clientShare }
      shared += pieces
    }
    guard lease.take(count - bytes) else {
      giveBackShare(downTo: bytes, in: lease, for: account)
      return .exhausted
    }
    bytes = count
    return nil
  }

  /// The same for what the holder has already: it is counted even where it is refused, and the holder should get rid of
  /// it, or take no more.
  public mutating func settle(
    at count: Int, in lease: MemoryLease, for account: ClientAccount?
  ) -> MemoryRefusal? {
    guard let refusal = change(to: count, in: lease, for: account) else { return nil }
    lease.add(count - bytes)
    bytes = count
    return refusal
  }

  /// Gives everything back. Harmless when there is nothing.
  public mutating func release(in lease: MemoryLease, for account: ClientAccount?) {
    if bytes > 0 { shrink(to: 0, in: lease, for: account) }
  }

  private mutating func shrink(to count: Int, in lease: MemoryLease, for account: ClientAccount?) {
    lease.giveBack(bytes - count)
    bytes = count
    giveBackShare(downTo: count, in: lease, for: account)
  }

  private mutating func giveBackShare(downTo count: Int, in lease: MemoryLease, for account: ClientAccount?) {
    let kept = MemoryBudget.rounded(max(0, count - freeBytes))
    guard let account, shared > kept else { return }
    account.giveBack(shared - kept, of: lease.budget.purpose)
    shared = kept
  }
}
