/// A table of a bounded number of entries that forgets what was used least recently. All calls take constant time.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  struct Entry: Sendable {
    let key: Key
    var value: Value
  }

  private var list: RecencyList<Entry>
  private var places: [Key: TablePlace] = [:]
  /// Where ``sweep(_:_:)`` goes on.
  private var hand = 0

  /// - Parameter capacity: 1 to 2^24.
  init(capacity: Int) { list = RecencyList(capacity: capacity) }

  var count: Int { list.count }

  subscript(place: TablePlace) -> Entry? { list[place] }

  /// Where a key is, without using it.
  func peek(_ key: Key) -> TablePlace? { places[key] }

  /// Where a key is, which is used by that.
  ///
  /// - Parameter hint: where it may be, at which is looked first.
  mutating func place(of key: Key, near hint: TablePlace? = nil) -> TablePlace? {
    if let hint, list.update(hint, { $0.key == key }) == true {
      list.use(hint)
      return hint
    }
    guard let place = places[key] else { return nil }
    list.use(place)
    return place
  }

  mutating func use(_ place: TablePlace) { list.use(place) }

  /// Enters a key that is not there.
  ///
  /// - Returns: its place, and who had to leave for it.
  mutating func insert(_ key: Key, _ value: Value) -> (place: TablePlace, forgotten: Entry?) {
    let (place, forgotten) = list.insert(Entry(key: key, value: value))
    if let forgotten { places[forgotten.key] = nil }
    places[key] = place
    return (place, forgotten)
  }

  /// Changes a value where it is; nil when it is not there any more.
  mutating func update<Result>(_ place: TablePlace, _ body: (inout Value) -> Result) -> Result? {
    list.update(place) { body(&$0.value) }
  }

  /// The same, told whose it is.
  mutating func update<Result>(_ place: TablePlace, _ body: (Key, inout Value) -> Result) -> Result? {
    list.update(place) { body($0.key, &$0.value) }
  }

  /// Looks at some entries more, going round, and forgets those that need not be kept.
  mutating func sweep(_ count: Int, _ isNeeded: (inout Value) -> Bool) {
    for _ in 0..<min(count, list.indexEnd) {
      hand = hand + 1 < list.indexEnd ? hand + 1 : 0
      guard let place = list.place(at: hand), update(place, isNeeded) == false else { continue }
      if let entry = list.remove(place) { places[entry.key] = nil }
    }
  }
}
