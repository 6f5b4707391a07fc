/// The order in which those that wait are served, as far as it is known now: made for one look at the queue, and kept for its room.
///
/// Within a line the least start tag comes first, each request being charged what it is expected to take. Tags of different models
/// do not compare: between lines the more urgent band comes first, then the flow of which fewest were taken, then the one that was
/// served least recently, then who came first. Of one flow the order is the one in which they came.
struct FairOrder: Sendable {
  /// Their places in the table.
  private(set) var requests: [Int32] = []
  private var cursors: [Cursor] = []
  private var heads = Heap<Head>()
  /// Requests taken, by flow.
  private var taken: [Int32] = []

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
    var band: FleetBand
    var taken: Int32
    var since: Instant
    var order: UInt64
    var cursor: Int

    static func < (left: Head, right: Head) -> Bool {
      if left.band != right.band { return left.band < right.band }
      if left.taken != right.taken { return left.taken < right.taken }
      return left.since != right.since ? left.since < right.since : left.order < right.order
    }

    static func == (left: Head, right: Head) -> Bool { left.order == right.order }
  }

  /// - Parameters:
  ///   - limit: as many are read.
  ///   - patience: in seconds: see ``FleetPolicy/bandPatience``.
  mutating func read(_ table: borrowing RequestTable, limit: Int, patience: Double, at now: Instant) {
    requests.removeAll(keepingCapacity: true)
    heads.removeAll()
    let active = table.flows.active.count
    while cursors.count < active { cursors.append(Cursor()) }
    let compares = active > 1
    if compares {
      taken.removeAll(keepingCapacity: true)
      taken.append(contentsOf: repeatElement(0, count: table.flows.flows.count))
    }
    for place in 0..<active {
      begin(place, table, patience: patience, at: now)
      if compares { heads.push(head(place, table)) }
    }
    while requests.count < limit {
      guard let cursor = compares ? nextLine(table) : active > 0 ? 0 : nil else { return }
      let request = cursors[cursor].next.request
      guard request >= 0 else { return }
      requests.append(request)
      advance(cursor, table)
      guard compares else { continue }
      taken[flow(of: request, table)] += 1
      if cursors[cursor].next.request >= 0 { heads.push(head(cursor, table)) }
    }
  }

  private mutating func begin(
    _ place: Int, _ table: borrowing RequestTable, patience: Double, at now: Instant
  ) {
    let line = Int(table.flows.active[place])
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

  private func head(_ place: Int, _ table: borrowing RequestTable) -> Head {
    let request = cursors[place].next.request
    let flow = flow(of: request, table)
    let line = cursors[place].line
    let isPromoted = cursors[place].isPromoted
    return Head(
      band: isPromoted ? .interactive : table.flows.lines[line].key.band, taken: taken[flow],
      since: isPromoted
        ? table.flows.lines[line].since
        : max(table[Int(request)].submittedAt, table.flows.flows[flow].startedAt),
      order: table[Int(request)].order, cursor: place)
  }

  /// - Returns: the line whose next goes first; nil where there are no more.
  private mutating func nextLine(_ table: borrowing RequestTable) -> Int? {
    while let first = heads.pop() {
      // Others of its flow may have been taken since it was put there.
      guard taken[flow(of: cursors[first.cursor].next.request, table)] != first.taken else {
        return first.cursor
      }
      heads.push(head(first.cursor, table))
    }
    return nil
  }
}
