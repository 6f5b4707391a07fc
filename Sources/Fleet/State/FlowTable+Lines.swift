// What the table is made of.
extension FlowTable {
  struct Flow: Sendable {
    let key: UInt64
    /// Requests that wait.
    var waiting = 0
    /// Lanes that are kept.
    var lanes = 0
    /// The one that was used last: nearly always the one that is wanted.
    var recentLane: Int32 = -1
    /// When a request of its was started last.
    var startedAt = Instant.past
    /// In which minute it was served or waited last,
    var minute = Int64.min
    /// what it got in that, in tokens by its weight,
    var served = 0.0
    /// and whether it had to wait.
    var hasWaited = false
  }

  struct LaneKey: Hashable, Sendable {
    var flow: Int32
    var line: LineKey
  }

  struct LineKey: Hashable, Sendable {
    var model: Int32
    var band: FleetBand
  }

  struct Lane: Sendable {
    let key: LaneKey
    let line: Int32
    /// Its flow's share beside others.
    var weight = 1.0
    /// F.
    var finish = 0.0
    /// In which of the line's busy times that is so.
    var era: UInt64 = 0
    /// Requests that wait or are sent.
    var users = 0
    /// Those that wait, by their order.
    var first: Int32 = -1
    var last: Int32 = -1
    /// As it stands in the line.
    var entry: Entry?
  }

  /// A lane with requests that wait, by the start tag of its first.
  struct Entry: Sendable, Comparable {
    var start: Double
    var order: UInt64
    var lane: Int32

    static func < (left: Entry, right: Entry) -> Bool {
      left.start != right.start ? left.start < right.start : left.order < right.order
    }

    static func == (left: Entry, right: Entry) -> Bool {
      left.start == right.start && left.order == right.order
    }
  }

  struct Line: Sendable {
    let key: LineKey
    /// V.
    var time = 0.0
    /// Counts the times in which something was under way.
    var era: UInt64 = 0
    /// Requests that wait or are sent.
    var users = 0
    /// Lanes that are kept.
    var lanes = 0
    /// Lanes in which requests wait, the next first.
    var entries: [Entry] = []
    /// Requests that wait once more after they have been sent, by their order: they go before all others.
    var returned: Int32 = -1
    var lastReturned: Int32 = -1
    /// Since when it waits to be served.
    var since = Instant.past
    /// Its place among those in which requests wait; -1 for none.
    var activePlace = -1

    var isWaiting: Bool { !entries.isEmpty || returned >= 0 }
  }
}

extension FlowTable.Line {
  /// Where an entry is, or would be.
  func place(of entry: FlowTable.Entry) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
