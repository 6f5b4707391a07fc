/// A table of bounded size that forgets what was used least recently. All calls take constant time.
package struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry {
    let key: Key
    var value: Value
    /// Its neighbours in the order of use; the ends have none.
    var newer: Int?
    var older: Int?
  }

  private let capacity: Int
  private var places: [Key: Int] = [:]
  private var entries: [Entry] = []
  private var newest: Int?
  private var oldest: Int?

  /// - Parameter capacity: 1 at least.
  package init(capacity: Int) { self.capacity = max(capacity, 1) }

  /// How many there are.
  package var count: Int { entries.count }

  /// The value of a key, which is not used by that.
  package func peek(_ key: Key) -> Value? { places[key].map { entries[$0].value } }

  /// Reading uses a key, writing too.
  package subscript(key: Key) -> Value? {
    mutating get {
      guard let place = places[key] else { return nil }
      use(place)
      return entries[place].value
    }
    set {
      // What is forgotten makes room for what comes; ``remove(_:)`` takes out.
      guard let newValue else { return }
      if let place = places[key] {
        entries[place].value = newValue
        use(place)
      } else {
        insert(key, newValue)
      }
    }
  }

  /// Forgets a key.
  package mutating func remove(_ key: Key) {
    guard let place = places.removeValue(forKey: key) else { return }
    unlink(place)
    let last = entries.removeLast()
    guard place < entries.count else { return }
    // The last one moves to where there is room now.
    entries[place] = last
    places[last.key] = place
    if let newer = last.newer { entries[newer].older = place } else { newest = place }
    if let older = last.older { entries[older].newer = place } else { oldest = place }
  }

  private mutating func insert(_ key: Key, _ value: Value) {
    let entry = Entry(key: key, value: value)
    if entries.count < capacity {
      entries.append(entry)
      places[key] = entries.count - 1
      link(entries.count - 1)
    } else if let place = oldest {
      unlink(place)
      places[entries[place].key] = nil
      entries[place] = entry
      places[key] = place
      link(place)
    }
  }

  private mutating func use(_ place: Int) {
    guard newest != place else { return }
    unlink(place)
    link(place)
  }

  private mutating func unlink(_ place: Int) {
    let (newer, older) = (entries[place].newer, entries[place].older)
    if let newer { entries[newer].older = older } else { newest = older }
    if let older { entries[older].newer = newer } else { oldest = newer }
  }

  private mutating func link(_ place: Int) {
    entries[place].newer = nil
    entries[place].older = newest
    if let newest { entries[newest].newer = place } else { oldest = place }
    newest = place
  }
}
