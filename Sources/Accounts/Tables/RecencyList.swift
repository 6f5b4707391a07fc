/// Values in the order of their use, of a bounded number. A value keeps its place as long as it is there. All calls take constant time.
struct RecencyList<Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    var value: Value?
    var generation: UInt32
    /// Neighbours in the order of use; `older` of a place without a value is the next such place. -1: none.
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
  var oldest: TablePlace? { last < 0 ? nil : place(Int(last)) }

  /// One past the highest index that a value has had.
  var indexEnd: Int { entries.count }

  /// The value at an index, whatever its generation.
  func place(at index: Int) -> TablePlace? {
    entries.indices.contains(index) && entries[index].value != nil ? place(index) : nil
  }

  subscript(place: TablePlace) -> Value? { holds(place) ? entries[place.index].value : nil }

  /// An entry without a value is of a generation that no place was made of yet.
  func holds(_ place: TablePlace) -> Bool {
    entries.indices.contains(place.index) && entries[place.index].generation == place.generation
  }

  /// Takes one more in, as the newest.
  ///
  /// - Returns: its place, and the value that had to leave for it.
  mutating func insert(_ value: consuming Value) -> (place: TablePlace, forgotten: Value?) {
    let forgotten = count == capacity ? oldest.flatMap { remove($0) } : nil
    let index: Int
    if free >= 0 {
      index = Int(free)
      free = entries[index].older
      entries[index].value = consume value
    } else {
      index = entries.count
      entries.append(Entry(value: consume value, generation: 0, newer: -1, older: -1))
    }
    count += 1
    link(index)
    return (place(index), forgotten)
  }

  /// The value is the newest from now on.
  mutating func use(_ place: TablePlace) {
    guard holds(place), newest != Int32(truncatingIfNeeded: place.index) else { return }
    unlink(place.index)
    link(place.index)
  }

  @discardableResult
  mutating func remove(_ place: TablePlace) -> Value? {
    guard holds(place) else { return nil }
    let index = place.index
    unlink(index)
    let value = entries[index].value.take()
    entries[index].generation &+= 1
    entries[index].older = free
    free = Int32(truncatingIfNeeded: index)
    count -= 1
    return value
  }

  private func place(_ index: Int) -> TablePlace {
    TablePlace(index: index, generation: entries[index].generation)
  }

  private mutating func unlink(_ index: Int) {
    let (newer, older) = (entries[index].newer, entries[index].older)
    if newer >= 0 { entries[Int(newer)].older = older } else { newest = older }
    if older >= 0 { entries[Int(older)].newer = newer } else { last = newer }
  }

  private mutating func link(_ index: Int) {
    let this = Int32(truncatingIfNeeded: index)
    entries[index].newer = -1
    entries[index].older = newest
    if newest >= 0 { entries[Int(newest)].newer = this } else { last = this }
    newest = this
  }
}
