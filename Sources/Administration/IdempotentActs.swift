internal import Access
internal import System

/// What was done by `Idempotency-Key`, so that it is done once where the same request comes again. What a key is, is told once: who
/// repeats the request that has made it gets its record.
///
/// It is known for a day, while the process lives: ``limit`` of them at most, the oldest goes first.
struct IdempotentActs {
  /// Which request: whose, and by which of their keys.
  struct Name: Hashable {
    let caller: Principal.ID
    let text: String
  }

  /// What is known of one.
  enum Finding: Equatable {
    /// It has not come before: it is under way from now on.
    case new
    /// It is under way.
    case running
    /// It was done to this key.
    case done(KeyID)
    /// Under its name something else was asked for.
    case other
  }

  private struct Entry {
    let digest: [UInt8]
    var key: KeyID?
    let expiresAt: MonotonicTime
  }

  /// How many are known.
  static let limit = 1000
  private static let time = Duration.seconds(86_400)

  private var entries: [Name: Entry] = [:]
  private var order: [Name] = []

  /// Begins a request, or finds it.
  ///
  /// - Parameter digest: of all that it asks for.
  mutating func begin(_ name: Name, _ digest: [UInt8], at now: MonotonicTime) -> Finding {
    while let oldest = order.first, entries[oldest].map({ $0.expiresAt <= now }) ?? true { drop(oldest) }
    if let entry = entries[name] {
      guard entry.digest == digest else { return .other }
      return entry.key.map { .done($0) } ?? .running
    }
    if order.count >= IdempotentActs.limit { drop(order[0]) }
    order.append(name)
    entries[name] = Entry(digest: digest, expiresAt: now + IdempotentActs.time)
    return .new
  }

  /// It was done.
  mutating func end(_ name: Name, with key: KeyID) { entries[name]?.key = key }

  /// It has failed: the same may be tried again.
  mutating func fail(_ name: Name) {
    guard entries[name]?.key == nil else { return }
    drop(name)
  }

  private mutating func drop(_ name: Name) {
    entries[name] = nil
    if let place = order.firstIndex(of: name) { order.remove(at: place) }
  }
}
