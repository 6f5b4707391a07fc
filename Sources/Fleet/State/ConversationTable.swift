/// Which server has had which conversation, and how much of it. Bounded: the one used longest ago goes.
struct ConversationTable: Sendable {
  struct Entry: Sendable {
    var key: UInt64
    var server: Int32
    var instance: Int32
    /// Of which of the instance's loads it is: another one has nothing cached.
    var epoch: UInt32
    var serverID: Int
    /// Of the prompt and the response.
    var tokens: Int32
    /// What the server had read by then, of all prompts.
    var mark: Int64
    var usedAt: Instant
    var newer: Int32 = -1
    var older: Int32 = -1
  }

  private let limit: Int
  private var places: [UInt64: Int32] = [:]
  private var entries: [Entry] = []
  private var free: [Int32] = []
  private var newest: Int32 = -1
  private var oldest: Int32 = -1

  init(limit: Int) { self.limit = max(limit, 1) }

  subscript(key: UInt64) -> Entry? {
    guard let place = places[key] else { return nil }
    return entries[Int(place)]
  }

  /// The entry becomes the newest.
  mutating func put(_ entry: Entry) {
    if let place = places[entry.key] {
      unlink(place)
      entries[Int(place)] = entry
      link(place)
      return
    }
    if places.count >= limit, oldest >= 0 { remove(entries[Int(oldest)].key) }
    let place: Int32
    if let reused = free.popLast() {
      place = reused
      entries[Int(place)] = entry
    } else {
      place = Int32(entries.count)
      entries.append(entry)
    }
    places[entry.key] = place
    link(place)
  }

  mutating func remove(_ key: UInt64) {
    guard let place = places.removeValue(forKey: key) else { return }
    unlink(place)
    free.append(place)
  }

  private mutating func link(_ place: Int32) {
    entries[Int(place)].newer = -1
    entries[Int(place)].older = newest
    if newest >= 0 { entries[Int(newest)].newer = place } else { oldest = place }
    newest = place
  }

  private mutating func unlink(_ place: Int32) {
    let (newer, older) = (entries[Int(place)].newer, entries[Int(place)].older)
    if newer >= 0 { entries[Int(newer)].older = older } else { newest = older }
    if older >= 0 { entries[Int(older)].newer = newer } else { oldest = newer }
  }
}
