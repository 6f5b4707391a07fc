/// All requests that are not over, and those that wait: one list of all as they came, one of each lane, and the turns of their flows.
///
/// A lane is of requests to which the same places cost about the same: of a model, its runner options, the servers that may take
/// them, and the server that has their conversation.
struct RequestTable: Sendable {
  struct LaneKey: Hashable, Sendable {
    var model: Int
    var options: FleetRunnerOptions
    var servers: ServerSet
    var home: Int
    var isEmbedding: Bool
  }

  struct Lane: Sendable {
    var key: LaneKey
    var first: Int32 = -1
    var last: Int32 = -1
    var count = 0
    /// Its place among those that are not empty.
    var activePlace = -1
    /// In which of the scans it was looked at last,
    var scan: UInt64 = 0
    /// whether one of its requests could begin anywhere, and after how many openings that was so,
    var canBegin = true
    var openings: UInt64 = 0
    /// at which servers its requests were held,
    var looked = ServerSet.none
    /// and how many of them.
    var seen = 0
  }

  private(set) var requests: [RequestState] = []
  private var free: [Int32] = []
  private(set) var lanes: [Lane] = []
  private var freeLanes: [Int32] = []
  private var lanePlaces: [LaneKey: Int32] = [:]
  /// Lanes with requests.
  private(set) var active: [Int32] = []
  private(set) var first: Int32 = -1
  private(set) var last: Int32 = -1
  /// All that wait.
  private(set) var count = 0
  /// In which order they are served.
  var flows = FlowTable()

  @inline(__always)
  subscript(place: Int) -> RequestState {
    _read { yield requests[place] }
    _modify { yield &requests[place] }
  }

  /// A request where it lies, for what reads much of it.
  @inline(__always)
  func withState<Result>(of place: Int, _ body: (UnsafePointer<RequestState>) -> Result) -> Result {
    requests.withUnsafeBufferPointer { body($0.baseAddress! + place) }
  }

  mutating func beginLane(_ lane: Int, scan: UInt64) {
    lanes[lane].scan = scan
    lanes[lane].looked = .none
    lanes[lane].seen = 0
  }

  mutating func learned(_ lane: Int, canBegin: Bool, openings: UInt64) {
    lanes[lane].canBegin = canBegin
    lanes[lane].openings = openings
  }

  mutating func looked(_ lane: Int, at server: Int) {
    lanes[lane].looked.set(server, true)
    lanes[lane].seen += 1
  }

  // MARK: Tickets

  mutating func make() -> Int {
    if let place = free.popLast() { return Int(place) }
    requests.append(RequestState())
    return requests.count - 1
  }

  func ticket(_ place: Int) -> FleetTicket {
    FleetTicket(index: UInt32(truncatingIfNeeded: place), generation: requests[place].generation)
  }

  /// - Returns: nil for one that is over.
  @inline(__always)
  func find(_ ticket: FleetTicket) -> Int? {
    let place = Int(ticket.index)
    guard place < requests.count, requests[place].generation == ticket.generation,
      requests[place].phase != .free
    else { return nil }
    return place
  }

  mutating func end(_ place: Int) {
    if requests[place].flowLane >= 0 { flows.leave(Int(requests[place].flowLane)) }
    // All the rest is written anew by the next one.
    requests[place].phase = .free
    requests[place].generation &+= 1
    free.append(Int32(place))
  }

  // MARK: The queue

  /// Puts a request where its order says: almost always at the end, or near the beginning where it has been sent before.
  mutating func enqueue(_ place: Int, at now: Instant) {
    join(place)
    flows.enter(Int(requests[place].flowLane), at: now)
    let order = requests[place].order
    var after = last
    if after >= 0, requests[Int(after)].order > order {
      after = -1
      var next = first
      while next >= 0, requests[Int(next)].order < order {
        after = next
        next = requests[Int(next)].next
      }
    }
    let next = after >= 0 ? requests[Int(after)].next : first
    requests[place].previous = after
    requests[place].next = next
    if after >= 0 { requests[Int(after)].next = Int32(place) } else { first = Int32(place) }
    if next >= 0 { requests[Int(next)].previous = Int32(place) } else { last = Int32(place) }
    count += 1
  }

  mutating func enterLane(_ place: Int, _ key: LaneKey) {
    let lane = self.lane(key)
    let order = requests[place].order
    var after = lanes[lane].last
    if after >= 0, requests[Int(after)].order > order {
      after = -1
      var next = lanes[lane].first
      while next >= 0, requests[Int(next)].order < order {
        after = next
        next = requests[Int(next)].nextInLane
      }
    }
    let next = after >= 0 ? requests[Int(after)].nextInLane : lanes[lane].first
    requests[place].lane = Int32(lane)
    requests[place].previousInLane = after
    requests[place].nextInLane = next
    if after >= 0 { requests[Int(after)].nextInLane = Int32(place) } else { lanes[lane].first = Int32(place) }
    if next >= 0 {
      requests[Int(next)].previousInLane = Int32(place)
    } else {
      lanes[lane].last = Int32(place)
    }
    lanes[lane].count += 1
    link(place)
  }

  private mutating func lane(_ key: LaneKey) -> Int {
    if let lane = lanePlaces[key] { return Int(lane) }
    let lane: Int
    if let reused = freeLanes.popLast() {
      lane = Int(reused)
      lanes[lane] = Lane(key: key)
    } else {
      lane = lanes.count
      lanes.append(Lane(key: key))
    }
    lanePlaces[key] = Int32(lane)
    lanes[lane].activePlace = active.count
    active.append(Int32(lane))
    return lane
  }

  /// Takes a request out of the queue and its lane.
  mutating func dequeue(_ place: Int) {
    let request = requests[place]
    if request.previous >= 0 {
      requests[Int(request.previous)].next = request.next
    } else {
      first = request.next
    }
    if request.next >= 0 {
      requests[Int(request.next)].previous = request.previous
    } else {
      last = request.previous
    }
    count -= 1
    leaveLane(place)
    flows.exit(Int(request.flowLane))
    requests[place].previous = -1
    requests[place].next = -1
  }

  mutating func leaveLane(_ place: Int) {
    unlink(place)
    let lane = Int(requests[place].lane)
    guard lane >= 0 else { return }
    let (previous, next) = (requests[place].previousInLane, requests[place].nextInLane)
    if previous >= 0 { requests[Int(previous)].nextInLane = next } else { lanes[lane].first = next }
    if next >= 0 { requests[Int(next)].previousInLane = previous } else { lanes[lane].last = previous }
    lanes[lane].count -= 1
    requests[place].lane = -1
    requests[place].previousInLane = -1
    requests[place].nextInLane = -1
    guard lanes[lane].count == 0 else { return }
    lanePlaces[lanes[lane].key] = nil
    let activePlace = lanes[lane].activePlace
    let moved = active.removeLast()
    if activePlace < active.count {
      active[activePlace] = moved
      lanes[Int(moved)].activePlace = activePlace
    }
    freeLanes.append(Int32(lane))
  }
}
