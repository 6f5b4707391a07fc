/// What those that wait may expect, in the order of their turns. Made when somebody is told, and forgotten then.
///
/// Whose turn comes first is not always who is sent first: a request that can run on what is in memory, or on what is being loaded for
/// it, passes one whose load has not begun. A position is true where it counts those that are sent before. Of all others the turn
/// decides, however finely their seconds may differ.
struct Outlook {
  struct Row {
    /// Its place in the table.
    var request: Int
    /// Nil where nothing is known.
    var expected: Forecast.Expectation?
    /// Of its servers; -1 for none.
    fileprivate var group: Int
    fileprivate var moment: Moment
  }

  /// When a request is sent, as it seems: where that is the same moment its turn decides.
  fileprivate struct Moment: Comparable {
    /// From now; infinite where nothing is known.
    var seconds: Double
    var turn: Int

    static func < (left: Moment, right: Moment) -> Bool {
      left.seconds != right.seconds ? left.seconds < right.seconds : left.turn < right.turn
    }
  }

  /// Requests that could go to the same servers and wait for a load that has not begun, or do not.
  private struct Group {
    var servers: ServerSet
    var awaitsLoad: Bool
    var turns: [Int] = []
    var moments: [Moment] = []
    var isSorted = true
  }

  private(set) var rows: [Row] = []
  private var groups: [Group] = []

  /// As many groups are told apart: those of others are not counted.
  private static let groupLimit = 64

  mutating func add(_ request: Int, at servers: ServerSet, _ expected: Forecast.Expectation?) {
    let moment = Moment(seconds: expected?.seconds ?? .infinity, turn: rows.count)
    let awaitsLoad = expected?.awaitsLoad ?? false
    var group = groups.firstIndex { $0.servers == servers && $0.awaitsLoad == awaitsLoad } ?? -1
    if group < 0, groups.count < Self.groupLimit {
      group = groups.count
      groups.append(Group(servers: servers, awaitsLoad: awaitsLoad))
    }
    if group >= 0 {
      if let last = groups[group].moments.last, moment < last { groups[group].isSorted = false }
      groups[group].moments.append(moment)
      groups[group].turns.append(moment.turn)
    }
    rows.append(Row(request: request, expected: expected, group: group, moment: moment))
  }

  /// All have been added.
  mutating func finish() {
    for group in groups.indices where !groups[group].isSorted { groups[group].moments.sort() }
  }

  /// How many that could go to the same servers are sent before, and one.
  func position(of row: Row) -> Int {
    guard row.group >= 0 else { return 1 }
    let (servers, awaitsLoad) = (groups[row.group].servers, groups[row.group].awaitsLoad)
    var position = 1
    for group in groups where !group.servers.intersection(servers).isEmpty {
      position +=
        group.awaitsLoad == awaitsLoad
        ? Self.count(group.turns, before: row.moment.turn) : Self.count(group.moments, before: row.moment)
    }
    return position
  }

  private static func count<Element: Comparable>(_ sorted: [Element], before element: Element) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
