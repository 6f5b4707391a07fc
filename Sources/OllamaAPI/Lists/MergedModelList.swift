internal import HTTPFields

/// The lists of several servers as one.
///
/// Of models that there are, a name has one row: that of the digest which most servers have under it, and of these the one that
/// was modified last. Of models in memory, a name, digest and context length has one: the largest part in the memory of a GPU,
/// and the latest end. Rows are as a server sent them, the latest time first; where that is the same or missing, in the order of
/// the servers.
public struct MergedModelList: Sendable {
  private let list: ModelList
  private var rows: [ModelRow]
  /// Names under which servers have different models.
  public let contested: [String]

  /// - Parameter lists: one of each server, in the operator's order.
  public init(_ lists: [[ModelRow]], of list: ModelList) {
    self.list = list
    var groups: [Key: Int] = [:]
    var members: [[ModelRow]] = []
    // A name that a server lists twice counts once: so no group has more rows than there are servers.
    var seen: [Key: Int] = [:]
    for (server, row) in lists.enumerated().flatMap({ server, rows in rows.map { (server, $0) } }) {
      let key = list == .loaded ? Key(row.canonical, row.digest, row.contextLength) : Key(row.canonical)
      guard seen.updateValue(server, forKey: key) != server else { continue }
      if let group = groups[key] {
        members[group].append(row)
      } else {
        groups[key] = members.count
        members.append([row])
      }
    }
    contested =
      list == .loaded ? [] : members.filter { Self.digests(of: $0).count > 1 }.compactMap { $0.first?.name }
    rows = members.compactMap { list == .loaded ? Self.resident(of: $0) : Self.newest(of: $0) }
    let order = rows.enumerated().sorted { one, other in
      switch (one.element.time, other.element.time) {
      case (let left?, let right?) where left != right: left > right
      case (_?, nil): true
      case (nil, _?): false
      default: one.offset < other.offset
      }
    }
    rows = order.map(\.element)
  }

  /// Adds a row for each name that stands for a model which is listed, behind all models. A model of that name goes: nobody gets
  /// it.
  public mutating func add(aliases: [(name: String, model: String)]) {
    guard list != .loaded else { return }
    var places: [Key: Int] = [:]
    for (place, row) in rows.enumerated() { places[Key(row.canonical)] = place }
    let copies = aliases.compactMap { alias in
      places[Key(of: alias.model)].flatMap { rows[$0].renamed(alias.name, of: list) }
    }
    let names = Set(aliases.map { Key(of: $0.name) })
    rows.removeAll { names.contains(Key($0.canonical)) }
    rows += copies
  }

  /// As a server would send it.
  public var document: [UInt8] { list.document(rows) }

  /// Compared byte by byte: a server's texts may be anything.
  private struct Key: Hashable {
    let bytes: [UInt8]

    /// - Parameter name: in whatever spelling.
    init(of name: String) { self.init(ModelName(name)?.canonical ?? name) }

    init(_ name: String, _ digest: String = "", _ length: [UInt8] = []) {
      bytes = Array(name.utf8) + [0] + Array(digest.utf8) + [0] + length
    }
  }

  /// Each once, in the order of the rows.
  private static func digests(of rows: [ModelRow]) -> [(digest: String, count: Int)] {
    var digests: [(digest: String, count: Int)] = []
    for row in rows where !row.digest.utf8.isEmpty {
      if let place = digests.firstIndex(where: { $0.digest.hasSameBytes(as: row.digest) }) {
        digests[place].count += 1
      } else {
        digests.append((row.digest, 1))
      }
    }
    return digests
  }

  private static func newest(of rows: [ModelRow]) -> ModelRow? {
    guard rows.count > 1 else { return rows.first }
    let digests = digests(of: rows)
    let most = digests.map(\.count).max() ?? 0
    let common = digests.filter { $0.count == most }
    let candidates = rows.filter { row in
      common.isEmpty || common.contains { $0.digest.hasSameBytes(as: row.digest) }
    }
    return candidates.reduce(candidates.first) { best, row in isLater(row, than: best) ? row : best }
  }

  private static func resident(of rows: [ModelRow]) -> ModelRow? {
    guard var best = rows.first else { return nil }
    for row in rows where row.sizeInVRAM > best.sizeInVRAM { best = row }
    let last = rows.reduce(best) { latest, row in isLater(row, than: latest) ? row : latest }
    if isLater(last, than: best) { best.takeTime(of: last) }
    return best
  }

  private static func isLater(_ row: ModelRow, than other: ModelRow?) -> Bool {
    guard let time = row.time else { return false }
    return other?.time.map { time > $0 } ?? true
  }
}
