import Testing

@testable import Budgets

@Suite struct MemoryBudgetTests {
  private static let piece = MemoryBudget.pieceBytes
  private let accounts = ClientAccounts(limits: ClientLimits(), capacity: 10)

  private func budget(pieces: Int) -> MemoryBudget {
    MemoryBudget(.bodies, limit: pieces * Self.piece, leastShare: 0)
  }

  @Test func aClientsShareIsAQuarterButNeverLessThanOneRequest() {
    #expect(MemoryBudget(.bodies, limit: 256 << 20, leastShare: 64 << 20).clientShare == 64 << 20)
    #expect(MemoryBudget(.bodies, limit: 256 << 20, leastShare: 100 << 20).clientShare == 100 << 20)
    #expect(MemoryBudget(.unsent, limit: 256 << 20, leastShare: 1).clientShare == 64 << 20)
  }

  /// What was let go is worth a walk through the heap where it is much, and most of what there was.
  @Test func whatIsAnEbb() throws {
    let budget = MemoryBudget(.bodies, limit: 256 << 20, leastShare: 0)
    #expect(!budget.isEbb(at: 0), "nothing was ever held")
    var holds: [MemoryHold] = []
    for _ in 0..<4 { holds.append(try MemoryHold(10 << 20, of: budget, for: nil)) }
    budget.add(1 << 20)
    #expect(!budget.isEbb(at: 31 << 20) && !budget.isEbb(at: 21 << 20))
    #expect(budget.isEbb(at: 20 << 20) && budget.isEbb(at: 0))
  }

  @Test func aLeaseAsksOnceAPiece() {
    let budget = budget(pieces: 4)
    let lease = MemoryLease(budget)
    #expect(lease.take(1))
    #expect(budget.used == Self.piece)
    #expect(lease.take(Self.piece - 1))
    #expect(budget.used == Self.piece, "the first piece is enough for both")
    #expect(lease.take(1))
    #expect(budget.used == 2 * Self.piece)
    lease.giveBack(Self.piece + 1)
    #expect(budget.used == Self.piece, "one piece is kept in hand")
    #expect(lease.spare == Self.piece)
  }

  @Test func leasesOfAllLoopsHaveOneBound() {
    let budget = budget(pieces: 4)
    let (one, other) = (MemoryLease(budget), MemoryLease(budget))
    #expect(one.take(3 * Self.piece))
    #expect(!other.take(Self.piece + 1))
    #expect(other.used == 0, "a refused loan takes nothing")
    #expect(other.take(Self.piece))
    #expect(budget.isExhausted)
    one.giveBack(3 * Self.piece)
    #expect(!budget.isExhausted)
    #expect(other.take(2 * Self.piece))
  }

  @Test func aLeaseThatGoesGivesAllBack() {
    let budget = budget(pieces: 4)
    var lease: MemoryLease? = MemoryLease(budget)
    _ = lease?.take(2 * Self.piece)
    #expect(budget.used == 2 * Self.piece)
    lease = nil
    #expect(budget.used == 0)
  }

  @Test func littleFindsRoomAlways() {
    let budget = budget(pieces: 1)
    let lease = MemoryLease(budget)
    #expect(lease.take(Self.piece))
    var charge = MemoryCharge(freeBytes: 1000)
    #expect(charge.change(to: 1000, in: lease, for: nil) == nil)
    #expect(charge.bytes == 1000)
    #expect(charge.change(to: 2 * Self.piece, in: lease, for: nil) == .exhausted)
    #expect(charge.bytes == 1000, "a refused change changes nothing")
    #expect(lease.used == Self.piece + 1000)
    charge.release(in: lease, for: nil)
    #expect(lease.used == Self.piece)
  }

  @Test func whatIsThereAlreadyIsCountedThoughItIsRefused() {
    let budget = budget(pieces: 1)
    let lease = MemoryLease(budget)
    var charge = MemoryCharge(freeBytes: 0)
    #expect(charge.settle(at: 3 * Self.piece, in: lease, for: nil) == .exhausted)
    #expect(charge.bytes == 3 * Self.piece)
    #expect(budget.used == 3 * Self.piece)
    #expect(charge.settle(at: 10, in: lease, for: nil) == nil)
    charge.release(in: lease, for: nil)
    #expect(lease.used == 0)
  }

  @Test func oneClientHasItsShareAndNoMore() {
    // A share of two pieces.
    let budget = budget(pieces: 8)
    let lease = MemoryLease(budget)
    let (greedy, modest) = (accounts.account(of: .v4(1)), accounts.account(of: .v4(2)))
    var first = MemoryCharge(freeBytes: 100)
    var second = MemoryCharge(freeBytes: 100)
    var third = MemoryCharge(freeBytes: 100)
    #expect(first.change(to: 2 * Self.piece, in: lease, for: greedy) == nil)
    #expect(second.change(to: 101, in: lease, for: greedy) == .clientShare)
    #expect(second.change(to: 100, in: lease, for: greedy) == nil, "little is not counted by client")
    #expect(third.change(to: 2 * Self.piece, in: lease, for: modest) == nil)
    #expect(lease.used == 4 * Self.piece + 100)
    first.release(in: lease, for: greedy)
    second.release(in: lease, for: greedy)
    #expect(greedy.count(of: .bodies) == 0)
    #expect(second.change(to: 101, in: lease, for: greedy) == nil)
    second.release(in: lease, for: greedy)
    third.release(in: lease, for: modest)
    #expect(lease.used == 0)
    #expect(modest.count(of: .bodies) == 0)
  }

  @Test func aRefusedChangeLeavesTheShareAsItWas() {
    let budget = MemoryBudget(.unsent, limit: Self.piece, leastShare: 100 * Self.piece)
    let lease = MemoryLease(budget)
    let account = accounts.account(of: .v4(1))
    var charge = MemoryCharge(freeBytes: 0)
    #expect(charge.change(to: Self.piece, in: lease, for: account) == nil)
    #expect(charge.change(to: 9 * Self.piece, in: lease, for: account) == .exhausted)
    #expect(account.count(of: .unsent) == Self.piece)
    charge.release(in: lease, for: account)
    #expect(account.count(of: .unsent) == 0)
  }

  @Test func aHoldGivesBackWhenItGoes() throws {
    let budget = MemoryBudget(.unsent, limit: 1000, leastShare: 0)
    let account = accounts.account(of: .v4(1))
    var hold: MemoryHold? = try MemoryHold(200, of: budget, for: account)
    #expect(throws: MemoryRefusal.clientShare) { try MemoryHold(51, of: budget, for: account) }
    #expect(throws: MemoryRefusal.exhausted) { try MemoryHold(801, of: budget, for: nil) }
    #expect(budget.used == 200)
    #expect(account.count(of: .unsent) == 200)
    #expect(hold?.bytes == 200)
    hold = nil
    #expect(budget.used == 0)
    #expect(account.count(of: .unsent) == 0)
  }
}
