/// The order in which those that wait are served, as far as it is known now: made for one look at the queue, and kept for its room.
///
/// Within a line the least start tag comes first, each request being charged what it is expected to take. Tags of different models
/// do not compare: between lines the more urgent band comes first, then the flow of which fewest were taken, then the one that was
/// served least recently, then who came first. Of one flow the order is the one in which they came.
struct FairOrder: Sendable {
  /// Their places in the table.
  private(set) var requests: [Int32] = []
  private var cursors: [Cursor] = []
  private var groups: [Group] = []
  private var groupCount = 0
  /// The first of each group, and perhaps some that were that before.
  private var firsts = Heap<First>()
  /// By their places in the table.
  private var flows: [Flow] = []
  private var reads: UInt64 = 0

  /// What has been read of a flow.
  private struct Flow: Sendable {
    /// In which reading that is so.
    var read: UInt64 = 0
    /// Requests taken.
    var taken: Int32 = 0
    /// The group of each band; -1 for none.
    var groups: InlineArray<3, Int32> = [-1, -1, -1]
  }

  /// Lines whose next are of one flow and as urgent: between them it does not matter how many of the flow have been taken.
  private struct Group: Sendable {
    var flow = 0
    var band = FleetBand.normal
    var heads = Heap<Head>()
  }

  /// How far a line has been read.
  private struct Cursor: Sendable {
    var line = 0
    var isPromoted = false
    /// The next of those that are served once more; -1 for none.
    var returned: Int32 = -1
    /// The next of the line's entries.
    var entry = 0
    /// Those behind the first of each lane that has been read.
    var further = Heap<Step>()
    var next = Step(start: 0, order: 0, request: -1)
  }

  private struct Step: Sendable, Comparable {
    var start: Double
    var order: UInt64
    var request: Int32

    static func < (left: Step, right: Step) -> Bool {
      left.start != right.start ? left.start < right.start : left.order < right.order
    }

    static func == (left: Step, right: Step) -> Bool { left.order == right.order }
  }

  /// What a line has to offer next.
  private struct Head: Sendable, Comparable {
    var since: Instant
    var order: UInt64
    var cursor: Int32

    static func < (left: Head, right: Head) -> Bool {
      left.since != right.since ? left.since < right.since : left.order < right.order
    }

    static func == (left: Head, right: Head) -> Bool { left.order == right.order }
  }

  /// What a group has to offer next.
  private struct First: Sendable, Comparable {
    var band: FleetBand
    var taken: Int32
    var head: Head
    var group: Int32

    static func < (left: First, right: First) -> Bool {
      if left.band != right.band { return left.band < right.band }
      return left.taken != right.taken ? left.taken < right.taken : left.head < right.head
    }

    static func == (left: First, right: First) -> Bool { left.head == right.head }
  }

  /// - Parameters:
  ///   - lines: those of these alone; nil for all in which requests wait.
  ///   - limit: as many are read.
  ///   - patience: in seconds: see ``FleetPolicy/bandPatience``.
  mutating func read(
    _ table: borrowing RequestTable, _ lines: [Int32]? = nil, limit: Int, patience: Double, at now: Instant
  ) {
    requests.removeAll(keepingCapacity: true)
    firsts.removeAll()
    groupCount = 0
    reads &+= 1
    let count = lines?.count ?? table.flows.active.count
    while cursors.count < count { cursors.append(Cursor()) }
    let compares = count > 1
    while compares, flows.count < table.flows.flows.count { flows.append(Flow()) }
    for place in 0..<count {
      begin(place, Int(lines?[place] ?? table.flows.active[place]), table, patience: patience, at: now)
      if compares { offer(place, table) }
    }
    while requests.count < limit {
      guard let cursor = compares ? nextLine() : count > 0 ? 0 : nil else { return }
      let request = cursors[cursor].next.request
      guard request >= 0 else { return }
      requests.append(request)
      advance(cursor, table)
      if compares, cursors[cursor].next.request >= 0 { offer(cursor, table) }
    }
  }

  private mutating func begin(
    _ place: Int, _ line: Int, _ table: borrowing RequestTable, patience: Double, at now: Instant
  ) {
    cursors[place].line = line
    cursors[place].returned = table.flows.lines[line].returned
    cursors[place].entry = 0
    cursors[place].further.removeAll()
    cursors[place].isPromoted = now.seconds(since: table.flows.lines[line].since) >= patience
    find(place, table)
  }

  /// Finds a line's next.
  private mutating func find(_ place: Int, _ table: borrowing RequestTable) {
    let line = cursors[place].line
    if cursors[place].returned >= 0 {
      cursors[place].next = Step(start: 0, order: 0, request: cursors[place].returned)
      return
    }
    var next = cursors[place].further.first
    let entry = cursors[place].entry
    if entry < table.flows.lines[line].entries.count {
      let its = table.flows.lines[line].entries[entry]
      let first = Step(
        start: its.start, order: its.order, request: table.flows.lanes[Int(its.lane)].first)
      if next.map({ first < $0 }) ?? true { next = first }
    }
    cursors[place].next = next ?? Step(start: 0, order: 0, request: -1)
  }

  /// A line's next has been taken.
  private mutating func advance(_ place: Int, _ table: borrowing RequestTable) {
    let step = cursors[place].next
    let request = Int(step.request)
    let behind = table[request].nextInFlow
    cursors[place].isPromoted = false
    if cursors[place].returned >= 0 {
      cursors[place].returned = behind
      return find(place, table)
    }
    if cursors[place].further.first?.request == step.request {
      _ = cursors[place].further.pop()
    } else {
      cursors[place].entry += 1
    }
    if behind >= 0 {
      let weight = table.flows.lanes[Int(table[request].flowLane)].weight
      cursors[place].further.push(
        Step(
          start: step.start + table.cost(of: request) / weight, order: table[Int(behind)].order,
          request: behind))
    }
    find(place, table)
  }

  // MARK: Between lines

  private func flow(of request: Int32, _ table: borrowing RequestTable) -> Int {
    Int(table.flows.lanes[Int(table[Int(request)].flowLane)].key.flow)
  }

  /// Puts a line's next among those that may come next.
  private mutating func offer(_ place: Int, _ table: borrowing RequestTable) {
    let request = cursors[place].next.request
    guard request >= 0 else { return }
    let flow = flow(of: request, table)
    let line = cursors[place].line
    let isPromoted = cursors[place].isPromoted
    let since =
      isPromoted
      ? table.flows.lines[line].since
      : max(table[Int(request)].submittedAt, table.flows.flows[flow].startedAt)
    let head = Head(since: since, order: table[Int(request)].order, cursor: Int32(place))
    let group = group(of: flow, isPromoted ? .interactive : table.flows.lines[line].key.band)
    let isFirst = groups[group].heads.first.map { head < $0 } ?? true
    groups[group].heads.push(head)
    if isFirst { offerFirst(of: group) }
  }

  private mutating func group(of flow: Int, _ band: FleetBand) -> Int {
    if flows[flow].read != reads { flows[flow] = Flow(read: reads) }
    let known = flows[flow].groups[band.rawValue]
    guard known < 0 else { return Int(known) }
    if groupCount == groups.count { groups.append(Group()) }
    groups[groupCount].flow = flow
    groups[groupCount].band = band
    groups[groupCount].heads.removeAll()
    flows[flow].groups[band.rawValue] = Int32(groupCount)
    groupCount += 1
    return groupCount - 1
  }

  private mutating func offerFirst(of group: Int) {
    guard let head = groups[group].heads.first else { return }
    let taken = flows[groups[group].flow].taken
    firsts.push(First(band: groups[group].band, taken: taken, head: head, group: Int32(group)))
  }

  /// - Returns: the line whose next goes first, which is taken; nil where there are no more.
  private mutating func nextLine() -> Int? {
    while let first = firsts.pop() {
      let group = Int(first.group)
      // Another of the group may have come before it, and was put there then.
      guard groups[group].heads.first == first.head else { continue }
      let flow = groups[group].flow
      // Others of its flow may have been taken since it was put there.
      guard flows[flow].taken == first.taken else {
        offerFirst(of: group)
        continue
      }
      _ = groups[group].heads.pop()
      flows[flow].taken += 1
      offerFirst(of: group)
      return Int(first.head.cursor)
    }
    return nil
  }
}
