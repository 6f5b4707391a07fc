/// Values in the order of their use, of a bounded number. A value has a place, which it keeps, and a generation, by which a place that
/// has gone to another is known. All calls take constant time.
struct RecencyList<Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    var value: Value?
    var generation: UInt32
    /// Neighbours in the order of use, or the next free place; -1: none.
    var newer: Int32
    var older: Int32
  }

  /// The most values.
  let capacity: Int
  private(set) var count = 0
  private var entries: [Entry] = []
  private var newest: Int32 = -1
  private var last: Int32 = -1
  private var free: Int32 = -1

  /// - Parameter capacity: 1 to 2^24.
  init(capacity: Int) { self.capacity = min(max(capacity, 1), 1 << 24) }

  /// Where the value is that was used least recently.
  var oldest: Int? { last < 0 ? nil : Int(last) }

  /// One past the highest place that a value has had.
  var placeCount: Int { entries.count }

  func holds(_ place: Int, _ generation: UInt32) -> Bool {
    entries.indices.contains(place) && entries[place].generation == generation && entries[place].value != nil
  }

  /// That of the value at a place that there is.
  func generation(of place: Int) -> UInt32 { entries[place].generation }

  func value(at place: Int) -> Value? { entries.indices.contains(place) ? entries[place].value : nil }

  /// Changes the value at a place where there is one.
  mutating func update<Result>(_ place: Int, _ body: (inout Value) -> Result) -> Result? {
    guard entries.indices.contains(place) else { return nil }
    return entries[place].value.update(body)
  }

  /// Takes one more in, as the newest.
  ///
  /// - Returns: its place, and the value that had to leave for it.
  mutating func insert(_ value: Value) -> (place: Int, forgotten: Value?) {
    let forgotten = count == capacity && last >= 0 ? remove(Int(last)) : nil
    let place: Int
    if free >= 0 {
      place = Int(free)
      free = entries[place].older
      entries[place].value = value
    } else {
      place = entries.count
      entries.append(Entry(value: value, generation: 0, newer: -1, older: -1))
    }
    count += 1
    link(place)
    return (place, forgotten)
  }

  /// The value is the newest from now on.
  mutating func use(_ place: Int) {
    guard newest != Int32(truncatingIfNeeded: place) else { return }
    unlink(place)
    link(place)
  }

  mutating func remove(_ place: Int) -> Value? {
    guard entries.indices.contains(place), let value = entries[place].value else { return nil }
    unlink(place)
    entries[place].value = nil
    entries[place].generation &+= 1
    entries[place].older = free
    free = Int32(truncatingIfNeeded: place)
    count -= 1
    return value
  }

  private mutating func unlink(_ place: Int) {
    let (newer, older) = (entries[place].newer, entries[place].older)
    if newer >= 0 { entries[Int(newer)].older = older } else { newest = older }
    if older >= 0 { entries[Int(older)].newer = newer } else { last = newer }
  }

  private mutating func link(_ place: Int) {
    let index = Int32(truncatingIfNeeded: place)
    entries[place].newer = -1
    entries[place].older = newest
    if newest >= 0 { entries[Int(newest)].newer = index } else { last = index }
    newest = index
  }
}

extension Optional {
  /// Changes the value in its place.
  fileprivate mutating func update<Result>(_ body: (inout Wrapped) -> Result) -> Result? {
    guard self != nil else { return nil }
    return body(&self!)
  }
}
