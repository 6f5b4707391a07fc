/// The names of models that servers have or requests wait for, each with a small number.
struct ModelTable: Sendable {
  struct Entry: Sendable {
    var name: String
    /// Servers that have it and may be asked for it.
    var holders = ServerSet.none
    /// Servers that have it.
    var listed = ServerSet.none
    /// Requests that are under way or wait.
    var users = 0
    /// Of its responses, on whatever server.
    var outputTokens = Smoothed(guess: 0)
    /// Of each server, which of its weights that is; -1 for none.
    var weights: [Int32] = []
    /// When all servers were asked for it last.
    var askedAt = Instant.past
    /// Servers whose list has not come since.
    var unheard = ServerSet.none

    func weights(on place: Int) -> Int { place < weights.count ? Int(weights[place]) : -1 }
  }

  private(set) var entries: [Entry] = []
  private var places: [NameKey: Int32] = [:]
  private var free: [Int32] = []
  /// Where names were found last: most requests name one of a few models, and a look here takes a fraction of a hash's time.
  private var recent = InlineArray<32, Int32>(repeating: -1)

  subscript(place: Int) -> Entry {
    _read { yield entries[place] }
    _modify { yield &entries[place] }
  }

  func find(_ name: String) -> Int? { places[NameKey(name)].map { Int($0) } }

  /// - Returns: nil where the table is full.
  mutating func intern(_ name: String, limit: Int) -> Int? {
    let slot = ModelTable.slot(of: name)
    let last = Int(recent[slot])
    if last >= 0, NameKey(entries[last].name) == NameKey(name) { return last }
    guard let place = find(name) ?? add(name, limit: limit) else { return nil }
    recent[slot] = Int32(place)
    return place
  }

  /// Eight bytes at a time: this is done for each request.
  private static func slot(of name: String) -> Int {
    let mixed = name.utf8.withContiguousStorageIfAvailable { name in
      let bytes = UnsafeRawBufferPointer(name)
      var mixed = UInt64(bytes.count)
      func mix(_ word: UInt64) { mixed = (mixed ^ word) &* 0x9E37_79B9_7F4A_7C15 }
      guard bytes.count >= 8 else {
        for byte in bytes { mix(UInt64(byte)) }
        return mixed
      }
      for place in stride(from: 0, through: min(bytes.count, 32) - 8, by: 8) {
        mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      }
      mix(bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
      return mixed
    }
    return Int((mixed ?? 0) >> 59)
  }

  private mutating func add(_ name: String, limit: Int) -> Int? {
    guard places.count < limit else { return nil }
    let place: Int32
    if let reused = free.popLast() {
      place = reused
      entries[Int(place)] = Entry(name: name)
    } else {
      place = Int32(entries.count)
      entries.append(Entry(name: name))
    }
    places[NameKey(name)] = place
    return Int(place)
  }

  /// Forgets a name that no server has and no request needs.
  mutating func forgetIfUnused(_ place: Int) {
    guard entries[place].users == 0, entries[place].listed.isEmpty else { return }
    guard places.removeValue(forKey: NameKey(entries[place].name)) != nil else { return }
    let slot = ModelTable.slot(of: entries[place].name)
    if recent[slot] == Int32(place) { recent[slot] = -1 }
    entries[place].name = ""
    free.append(Int32(place))
  }
}
