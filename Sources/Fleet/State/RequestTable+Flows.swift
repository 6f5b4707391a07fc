/// Whose turn it is.
extension RequestTable {
  /// What a request is expected to take, in tokens: what is written costs twice what is read.
  func cost(of place: Int) -> Double {
    Self.cost(read: self[place].promptTokens, written: self[place].outputTokens)
  }

  static func cost(read: Int, written: Int) -> Double { max(Double(read) + 2 * Double(written), 1) }

  /// The request is of its flow's lane from now on. Once is enough.
  mutating func join(_ place: Int) {
    guard self[place].flowLane < 0 else { return }
    let lane = flows.join(
      flow: self[place].flow, model: self[place].model, band: self[place].band, weight: self[place].weight)
    self[place].flowLane = Int32(lane)
  }

  /// The request is sent, for the first time or again.
  mutating func charge(_ place: Int, at now: Instant) {
    let lane = Int(self[place].flowLane)
    guard lane >= 0 else { return }
    guard self[place].charge == 0 else { return flows.served(lane, at: now) }
    let cost = cost(of: place)
    self[place].charge = cost
    flows.started(lane, cost: cost, firstOrder: firstOrder(of: lane), at: now)
  }

  /// What the request took is known.
  ///
  /// - Parameters:
  ///   - read: tokens; nil where that is not known.
  ///   - written: likewise.
  mutating func settle(_ place: Int, read: Int?, written: Int?, at now: Instant) {
    let lane = Int(self[place].flowLane)
    guard lane >= 0, self[place].charge > 0 else { return }
    let cost = Self.cost(
      read: read ?? self[place].promptTokens, written: written ?? self[place].outputTokens)
    flows.correct(lane, by: cost - self[place].charge, firstOrder: firstOrder(of: lane), at: now)
    self[place].charge = cost
  }

  private func firstOrder(of lane: Int) -> UInt64 {
    let first = Int(flows.lanes[lane].first)
    return first >= 0 ? self[first].order : 0
  }

  // MARK: Who waits

  /// Puts a request among those of its lane that wait, where its order says; one that has been sent before goes before all of its
  /// model and band.
  mutating func link(_ place: Int) {
    let lane = Int(self[place].flowLane)
    let line = Int(flows.lanes[lane].line)
    let isReturned = self[place].charge > 0
    self[place].waitsAgain = isReturned
    self[place].isLinked = true
    var first = isReturned ? flows.lines[line].returned : flows.lanes[lane].first
    var last = isReturned ? flows.lines[line].lastReturned : flows.lanes[lane].last
    let order = self[place].order
    var after = last
    while after >= 0, self[Int(after)].order > order { after = self[Int(after)].previousInFlow }
    let next = after >= 0 ? self[Int(after)].nextInFlow : first
    self[place].previousInFlow = after
    self[place].nextInFlow = next
    if after >= 0 { self[Int(after)].nextInFlow = Int32(place) } else { first = Int32(place) }
    if next >= 0 { self[Int(next)].previousInFlow = Int32(place) } else { last = Int32(place) }
    linked(lane, line, isReturned, first, last)
  }

  mutating func unlink(_ place: Int) {
    guard self[place].isLinked else { return }
    let lane = Int(self[place].flowLane)
    let line = Int(flows.lanes[lane].line)
    let isReturned = self[place].waitsAgain
    var first = isReturned ? flows.lines[line].returned : flows.lanes[lane].first
    var last = isReturned ? flows.lines[line].lastReturned : flows.lanes[lane].last
    let (previous, next) = (self[place].previousInFlow, self[place].nextInFlow)
    if previous >= 0 { self[Int(previous)].nextInFlow = next } else { first = next }
    if next >= 0 { self[Int(next)].previousInFlow = previous } else { last = previous }
    self[place].isLinked = false
    self[place].waitsAgain = false
    self[place].previousInFlow = -1
    self[place].nextInFlow = -1
    linked(lane, line, isReturned, first, last)
  }

  private mutating func linked(_ lane: Int, _ line: Int, _ isReturned: Bool, _ first: Int32, _ last: Int32) {
    if isReturned {
      flows.linkReturned(line, first: first, last: last)
    } else {
      flows.link(lane, first: first, last: last, firstOrder: first >= 0 ? self[Int(first)].order : 0)
    }
  }
}
