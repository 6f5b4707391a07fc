/// A table of a bounded number of entries that forgets what was used least recently. All calls take constant time.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  struct Entry: Sendable {
    let key: Key
    var value: Value
  }

  private var list: RecencyList<Entry>
  private var places: [Key: Int] = [:]
  /// Where ``sweep(_:_:)`` goes on.
  private var hand = 0

  /// - Parameter capacity: 1 to 2^24.
  init(capacity: Int) { list = RecencyList(capacity: capacity) }

  var count: Int { list.count }

  func holds(_ place: Int, _ generation: UInt32) -> Bool { list.holds(place, generation) }

  /// That of the value at a place that there is.
  func generation(of place: Int) -> UInt32 { list.generation(of: place) }

  /// Where a key is, without using it.
  func peek(_ key: Key) -> Int? { places[key] }

  func entry(at place: Int) -> Entry? { list.value(at: place) }

  /// Where a key is, which is used by that.
  mutating func place(of key: Key) -> Int? {
    guard let place = places[key] else { return nil }
    list.use(place)
    return place
  }

  /// Enters a key that is not there.
  ///
  /// - Returns: its place, and who had to leave for it.
  mutating func insert(_ key: Key, _ value: Value) -> (place: Int, forgotten: Entry?) {
    let (place, forgotten) = list.insert(Entry(key: key, value: value))
    if let forgotten { places[forgotten.key] = nil }
    places[key] = place
    return (place, forgotten)
  }

  @discardableResult
  mutating func remove(_ place: Int) -> Entry? {
    guard let entry = list.remove(place) else { return nil }
    places[entry.key] = nil
    return entry
  }

  /// Changes the value at a place where there is one.
  mutating func update<Result>(_ place: Int, _ body: (inout Value) -> Result) -> Result? {
    list.update(place) { body(&$0.value) }
  }

  /// Looks at some entries more, going round, and forgets those that need not be kept.
  mutating func sweep(_ count: Int, _ isNeeded: (inout Value) -> Bool) {
    for _ in 0..<min(count, list.placeCount) {
      hand = hand + 1 < list.placeCount ? hand + 1 : 0
      if update(hand, isNeeded) == false { remove(hand) }
    }
  }
}
