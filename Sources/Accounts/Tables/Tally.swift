/// Sums by keys, in the order in which the keys came. Who adds to one again and again keeps where it is, and needs no look-up then.
struct Tally<Key: Hashable & Sendable, Sum: Sendable>: Sendable {
  struct Entry: Sendable {
    let key: Key
    var sum: Sum
  }

  private(set) var entries: [Entry] = []
  private var places: [Key: Int] = [:]

  /// - Parameter count: of keys for which there is room from the start.
  init(reserving count: Int = 0) {
    guard count > 0 else { return }
    entries.reserveCapacity(count)
    places.reserveCapacity(count)
  }

  var count: Int { entries.count }

  /// Whether the key at a place, which may be any number, is the one that is meant: to be asked first.
  func holds(_ place: Int, _ isMeant: (borrowing Key) -> Bool) -> Bool {
    // In its place: as an element of the array a key that takes long to copy is copied to be compared.
    entries.withUnsafeBufferPointer { $0.indices.contains(place) && isMeant($0[place].key) }
  }

  /// Where a key's sum is.
  func place(of key: Key) -> Int? { places[key] }

  /// Enters a key that is not there.
  mutating func insert(_ key: Key, _ sum: Sum) -> Int {
    entries.append(Entry(key: key, sum: sum))
    places[key] = entries.count - 1
    return entries.count - 1
  }

  subscript(place: Int) -> Sum {
    get { entries[place].sum }
    _modify { yield &entries[place].sum }
  }
}
