/// A table of a bounded number of objects that forgets what was used least recently. All calls take constant time.
struct RecencyTable<Key: Hashable & Sendable, Value: AnyObject & Sendable>: Sendable {
  private struct Entry: Sendable {
    let key: Key
    let value: Value
  }

  private var list: RecencyList<Entry>
  private var places: [Key: TablePlace] = [:]
  /// Where ``sweep(_:_:)`` goes on.
  private var hand = 0

  /// - Parameter capacity: 1 to 2^24.
  init(capacity: Int) { list = RecencyList(capacity: capacity) }

  var count: Int { list.count }

  subscript(place: TablePlace) -> Value? { list[place]?.value }

  /// What a key has, without using it.
  func peek(_ key: Key) -> Value? { places[key].flatMap { self[$0] } }

  /// Where a key is, which is used by that.
  mutating func place(of key: Key) -> TablePlace? {
    guard let place = places[key] else { return nil }
    list.use(place)
    return place
  }

  mutating func use(_ place: TablePlace) { list.use(place) }

  /// Enters a key that is not there.
  ///
  /// - Returns: its place, and who had to leave for it.
  mutating func insert(_ key: Key, _ value: Value) -> (place: TablePlace, forgotten: Value?) {
    let (place, forgotten) = list.insert(Entry(key: key, value: value))
    if let forgotten { places[forgotten.key] = nil }
    places[key] = place
    return (place, forgotten?.value)
  }

  /// Looks at some entries more, going round, and forgets those that need not be kept.
  mutating func sweep(_ count: Int, _ isNeeded: (Value) -> Bool) {
    for _ in 0..<min(count, list.indexEnd) {
      hand = hand + 1 < list.indexEnd ? hand + 1 : 0
      guard let place = list.place(at: hand), let entry = list[place], !isNeeded(entry.value) else {
        continue
      }
      list.remove(place)
      places[entry.key] = nil
    }
  }
}
