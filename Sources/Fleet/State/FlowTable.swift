/// Who is served next: start-time fair queueing (Goyal, Vin, Cheng 1996) among flows, for the requests of each model and band by
/// themselves, so that what a flow gets of one model is not held against it at another.
///
/// A *flow* is who asks, a *lane* what it asks of a model in a band, a *line* all lanes of a model and band. A line has a virtual
/// time V, in tokens of service. A lane has a tag F: where the service that it has had ends. Its next request starts at S = F while
/// others of the lane wait, and at S = max(V, F) where none did; then F = S + cost / weight, and V is the S of the request that
/// started last. The least S goes first. A flow that was idle thus starts where all others are: what it did not use is lost, and
/// what it had is not held against it.
///
/// All is bounded by the requests under way and ``idleLimit``.
struct FlowTable: Sendable {
  var flows: [Flow] = []
  private var freeFlows: [Int32] = []
  private var flowPlaces: [UInt64: Int32] = [:]
  /// Where flows were found last: a look here takes a fraction of a hash's time.
  private var recentFlows = InlineArray<32, Int32>(repeating: -1)
  private(set) var lanes: [Lane] = []
  private var freeLanes: [Int32] = []
  private var lanePlaces: [LaneKey: Int32] = [:]
  private(set) var lines: [Line] = []
  private var freeLines: [Int32] = []
  private var linePlaces: [LineKey: Int32] = [:]
  /// Lines in which requests wait.
  private(set) var active: [Int32] = []
  /// Lanes of which no request waits or is sent.
  private var idle = 0
  /// Those that wait, by band.
  private(set) var depths: InlineArray<3, Int> = [0, 0, 0]

  /// The minute that is under way, and the index of the one before.
  var minute = Int64.min
  var minuteEnd = Instant.past
  var lastFairness = 1.0

  /// As many lanes of which nothing is under way are remembered.
  static let idleLimit = 4_096

  func waiting(of key: UInt64) -> Int { flowPlaces[key].map { flows[Int($0)].waiting } ?? 0 }

  func band(of lane: Int) -> FleetBand { lanes[lane].key.line.band }

  // MARK: Lanes

  /// The lane of a request that comes, which counts as under way there from now on.
  mutating func join(flow key: UInt64, model: Int, band: FleetBand, weight: Int) -> Int {
    let line = LineKey(model: Int32(truncatingIfNeeded: model), band: band)
    let flow = place(of: key)
    var lane = Int(flows[flow].recentLane)
    if lane < 0 || lanes[lane].key.line != line { lane = place(of: line, in: flow) }
    flows[flow].recentLane = Int32(lane)
    let its = Int(lanes[lane].line)
    if lanes[lane].users == 0 { idle -= 1 }
    lanes[lane].users += 1
    lanes[lane].weight = Double(min(max(weight, 1), 1_000)) / 100
    lines[its].users += 1
    if lanes[lane].era != lines[its].era {
      lanes[lane].era = lines[its].era
      lanes[lane].finish = 0
    }
    return lane
  }

  private mutating func place(of key: UInt64) -> Int {
    let slot = FlowTable.slot(of: key)
    let recent = Int(recentFlows[slot])
    if recent >= 0, flows[recent].key == key { return recent }
    let flow = find(key) ?? add(key)
    recentFlows[slot] = Int32(flow)
    return flow
  }

  private static func slot(of key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> 59) }

  private func find(_ key: UInt64) -> Int? { flowPlaces[key].map { Int($0) } }

  private mutating func add(_ key: UInt64) -> Int {
    let flow: Int
    if let reused = freeFlows.popLast() {
      flow = Int(reused)
      flows[flow] = Flow(key: key)
    } else {
      flow = flows.count
      flows.append(Flow(key: key))
    }
    flowPlaces[key] = Int32(flow)
    return flow
  }

  private mutating func place(of line: LineKey, in flow: Int) -> Int {
    let key = LaneKey(flow: Int32(flow), line: line)
    if let lane = lanePlaces[key] { return Int(lane) }
    if idle >= FlowTable.idleLimit { forgetIdle(but: flow) }
    let its = place(of: line)
    let lane: Int
    if let reused = freeLanes.popLast() {
      lane = Int(reused)
      lanes[lane] = Lane(key: key, line: Int32(its))
    } else {
      lane = lanes.count
      lanes.append(Lane(key: key, line: Int32(its)))
    }
    lanePlaces[key] = Int32(lane)
    lines[its].lanes += 1
    flows[flow].lanes += 1
    idle += 1
    return lane
  }

  private mutating func place(of key: LineKey) -> Int {
    if let line = linePlaces[key] { return Int(line) }
    let line: Int
    if let reused = freeLines.popLast() {
      line = Int(reused)
      let era = lines[line].era &+ 1
      lines[line] = Line(key: key)
      lines[line].era = era
    } else {
      line = lines.count
      lines.append(Line(key: key))
    }
    linePlaces[key] = Int32(line)
    return line
  }

  /// A request is over.
  mutating func leave(_ lane: Int) {
    let line = Int(lanes[lane].line)
    lanes[lane].users -= 1
    lines[line].users -= 1
    if lanes[lane].users == 0 { idle += 1 }
    guard lines[line].users == 0 else { return }
    // All begin anew.
    lines[line].era &+= 1
    lines[line].time = 0
  }

  /// Forgets lanes of which nothing is under way: those that would start where all others are, and where these are few, all.
  private mutating func forgetIdle(but flow: Int) {
    for isLast in [false, true] where idle > (isLast ? FlowTable.idleLimit / 2 : 0) {
      for lane in lanes.indices where lanes[lane].users == 0 {
        let key = lanes[lane].key
        guard lanePlaces[key] == Int32(lane) else { continue }
        let line = Int(lanes[lane].line)
        if isLast || lanes[lane].era != lines[line].era || lanes[lane].finish <= lines[line].time {
          forget(lane, but: flow)
        }
      }
    }
  }

  private mutating func forget(_ lane: Int, but kept: Int) {
    let key = lanes[lane].key
    let (flow, line) = (Int(key.flow), Int(lanes[lane].line))
    lanePlaces[key] = nil
    freeLanes.append(Int32(lane))
    idle -= 1
    lines[line].lanes -= 1
    if lines[line].lanes == 0 {
      linePlaces[lines[line].key] = nil
      freeLines.append(Int32(line))
    }
    flows[flow].lanes -= 1
    if flows[flow].recentLane == Int32(lane) { flows[flow].recentLane = -1 }
    if flows[flow].lanes == 0, flow != kept {
      let slot = FlowTable.slot(of: flows[flow].key)
      if recentFlows[slot] == Int32(flow) { recentFlows[slot] = -1 }
      flowPlaces[flows[flow].key] = nil
      freeFlows.append(Int32(flow))
    }
  }

  // MARK: Service

  /// S of the lane's next request.
  func start(of lane: Int) -> Double {
    lanes[lane].first >= 0
      ? lanes[lane].finish : max(lanes[lane].finish, lines[Int(lanes[lane].line)].time)
  }

  /// A request of a lane is started, in the turn of the lane's first.
  mutating func started(_ lane: Int, cost: Double, firstOrder: UInt64, at now: Instant) {
    let line = Int(lanes[lane].line)
    let start = start(of: lane)
    lines[line].time = max(lines[line].time, start)
    lanes[lane].finish = start + cost / lanes[lane].weight
    served(lane, at: now)
    note(Int(lanes[lane].key.flow), served: cost / lanes[lane].weight, at: now)
    stand(lane, firstOrder: firstOrder)
  }

  /// A request of a lane goes once more: it has been paid for.
  mutating func served(_ lane: Int, at now: Instant) {
    lines[Int(lanes[lane].line)].since = now
    flows[Int(lanes[lane].key.flow)].startedAt = now
  }

  /// A request has cost more, or less, than was charged for it.
  mutating func correct(_ lane: Int, by cost: Double, firstOrder: UInt64, at now: Instant) {
    lanes[lane].finish = max(lanes[lane].finish + cost / lanes[lane].weight, 0)
    note(Int(lanes[lane].key.flow), served: cost / lanes[lane].weight, at: now)
    stand(lane, firstOrder: firstOrder)
  }

  // MARK: Who waits

  /// A request waits from now on, where nobody of its lane or others do.
  mutating func enter(_ lane: Int, at now: Instant) {
    flows[Int(lanes[lane].key.flow)].waiting += 1
    depths[band(of: lane).rawValue] += 1
    let line = Int(lanes[lane].line)
    if !lines[line].isWaiting { lines[line].since = now }
    noteWait(of: Int(lanes[lane].key.flow), at: now)
  }

  mutating func exit(_ lane: Int) {
    flows[Int(lanes[lane].key.flow)].waiting -= 1
    depths[band(of: lane).rawValue] -= 1
  }

  /// The lane's requests that wait are others than before.
  mutating func link(_ lane: Int, first: Int32, last: Int32, firstOrder: UInt64) {
    // One that comes back from idleness starts where all others are.
    if lanes[lane].first < 0, first >= 0 { lanes[lane].finish = start(of: lane) }
    lanes[lane].first = first
    lanes[lane].last = last
    stand(lane, firstOrder: firstOrder)
  }

  /// Puts a lane where it stands in its line.
  private mutating func stand(_ lane: Int, firstOrder: UInt64) {
    // Where none of it waits, and none did, it has no place in the line.
    guard lanes[lane].first >= 0 || lanes[lane].entry != nil else { return }
    let line = Int(lanes[lane].line)
    let new =
      lanes[lane].first >= 0
      ? Entry(start: lanes[lane].finish, order: firstOrder, lane: Int32(lane)) : nil
    if let old = lanes[lane].entry {
      if let new, new == old { return }
      let place = lines[line].place(of: old)
      if place < lines[line].entries.count, lines[line].entries[place].lane == old.lane {
        lines[line].entries.remove(at: place)
      }
    }
    lanes[lane].entry = new
    if let new { lines[line].entries.insert(new, at: lines[line].place(of: new)) }
    note(line)
  }

  mutating func linkReturned(_ line: Int, first: Int32, last: Int32) {
    lines[line].returned = first
    lines[line].lastReturned = last
    note(line)
  }

  /// Keeps the list of lines in which requests wait.
  private mutating func note(_ line: Int) {
    let place = lines[line].activePlace
    guard lines[line].isWaiting != (place >= 0) else { return }
    if place < 0 {
      lines[line].activePlace = active.count
      active.append(Int32(line))
      return
    }
    lines[line].activePlace = -1
    let moved = active.removeLast()
    guard place < active.count else { return }
    active[place] = moved
    lines[Int(moved)].activePlace = place
  }
}
