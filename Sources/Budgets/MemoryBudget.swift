internal import Synchronization

/// One bound in bytes for what the whole process holds for one purpose, and the share of it that one client may have.
/// Safe from any thread; takes no lock.
///
/// What a loop holds goes through its ``MemoryLease``, which asks here once in ``pieceBytes``. What several loops share (an
/// event log, a turn that waits) is a ``MemoryHold``.
public final class MemoryBudget: Sendable {
  /// In such pieces loops and clients take of it.
  public static let pieceBytes = 64 * 1024

  /// The most bytes that may be held.
  public let limit: Int
  /// What one client may have of it.
  public let clientShare: Int
  /// The purpose, as the accounts of clients have it.
  public let purpose: ClientBytes
  private let count = Atomic(0)
  /// The most that was held since memory was last given back to the kernel.
  private let high = Atomic(0)
  private let isReturning = Atomic(false)
  /// From so many bytes on that were let go, they go back to the kernel.
  private static let ebbBytes = 16 << 20

  /// - Parameters:
  ///   - limit: bytes.
  ///   - leastShare: a client's share is a quarter of `limit`, but never less than this, which should be the largest
  ///     that one legal request takes.
  public init(_ purpose: ClientBytes, limit: Int, leastShare: Int) {
    self.purpose = purpose
    self.limit = limit
    clientShare = max(limit / 4, leastShare)
  }

  /// Bytes that are held, and those that loops keep in hand.
  public var used: Int { count.load(ordering: .relaxed) }

  /// Whether nothing is left: new work should wait for another time.
  public var isExhausted: Bool { used >= limit }

  /// Takes so many bytes, unless more than the limit would be held.
  func take(_ bytes: Int) -> Bool {
    var old = used
    while true {
      let (sum, overflow) = old.addingReportingOverflow(bytes)
      guard !overflow, sum <= limit else { return false }
      let (exchanged, original) = count.weakCompareExchange(expected: old, desired: sum, ordering: .relaxed)
      if exchanged {
        noteHigh(sum)
        return true
      }
      old = original
    }
  }

  /// Counts what is held already, whether there is room for it or not.
  func add(_ bytes: Int) { noteHigh(count.wrappingAdd(bytes, ordering: .relaxed).newValue) }

  func giveBack(_ bytes: Int) {
    let left = count.wrappingSubtract(bytes, ordering: .relaxed).newValue
    assert(left >= 0, "more was given back than taken")
    if isEbb(at: left) { returnMemory() }
  }

  /// Two who note at once may leave the lower: it is of no matter.
  private func noteHigh(_ held: Int) {
    if held > high.load(ordering: .relaxed) { high.store(held, ordering: .relaxed) }
  }

  /// Whether so much was let go that a walk through the heap is worth it.
  func isEbb(at held: Int) -> Bool {
    let high = high.load(ordering: .relaxed)
    return high - held >= MemoryBudget.ebbBytes && held <= high / 2
  }

  private func returnMemory() {
    guard !isReturning.exchange(true, ordering: .relaxed) else { return }
    MemoryReturn.process.ask {
      self.high.store(self.used, ordering: .relaxed)
      self.isReturning.store(false, ordering: .relaxed)
    }
  }

  /// In whole pieces.
  static func rounded(_ bytes: Int) -> Int { (bytes + pieceBytes - 1) / pieceBytes * pieceBytes }
}
