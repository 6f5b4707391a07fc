/// Which server has read which beginnings of prompts. Bounded, and of one piece: a place for each entry is among a few only, by its
/// key, and of these the one used longest ago goes.
struct PromptTable: Sendable {
  struct Entry: Sendable {
    /// 0 for none.
    var key: UInt64 = 0
    var server: Int32 = 0
    var instance: Int32 = 0
    var serverID = 0
    /// Of which of the instance's loads it is: another one has nothing cached.
    var epoch: UInt32 = 0
    /// Of the whole prompt that was read last with this beginning.
    var tokens: Int32 = 0
    /// What the server had read by then, of all prompts.
    var mark: Int64 = 0
    var usedAt = Instant.past
    /// Whether no more of the prompt has a number: a conversation's next turn goes on behind it.
    var isLast = false
  }

  private static let ways = 8
  private let sets: Int
  /// Made when the first entry comes.
  private var entries: [Entry] = []

  /// - Parameter limit: rounded down to a power of two, and no less than 8.
  init(limit: Int) {
    let sets = max(min(limit, 1 << 24) / Self.ways, 1)
    self.sets = 1 << (Int.bitWidth - 1 - sets.leadingZeroBitCount)
  }

  /// - Parameter key: as good as random, and not 0.
  subscript(key: UInt64) -> Entry? {
    guard !entries.isEmpty else { return nil }
    let first = self.first(of: key)
    for place in first..<first + Self.ways where entries[place].key == key { return entries[place] }
    return nil
  }

  mutating func put(_ entry: Entry) {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: sets * Self.ways) }
    let first = self.first(of: entry.key)
    var chosen = first
    for place in first..<first + Self.ways {
      if entries[place].key == entry.key {
        chosen = place
        break
      }
      if entries[place].usedAt < entries[chosen].usedAt { chosen = place }
    }
    entries[chosen] = entry
  }

  private func first(of key: UInt64) -> Int { Int(key & UInt64(sets - 1)) * Self.ways }
}
