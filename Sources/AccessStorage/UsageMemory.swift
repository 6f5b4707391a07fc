internal import Sessions

/// What was used, where nothing is stored: of so many accounts and hours, the oldest of which go.
struct UsageMemory: Sendable {
  static let limit = 50_000

  private var rows: [StoredUsage.Account: StoredUsage] = [:]

  /// In no particular order.
  var all: some Sequence<StoredUsage> { rows.values }

  mutating func add(_ usage: [StoredUsage]) {
    for part in usage { rows[part.account, default: StoredUsage(part.account)].add(part) }
    guard rows.count > Self.limit else { return }
    // Some more than must be, so that it is not done each time.
    let kept = Self.limit - Self.limit / 10
    for account in rows.keys.sorted().dropLast(kept) { rows[account] = nil }
  }
}
