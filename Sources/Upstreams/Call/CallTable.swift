internal import Fleet

/// The calls of a client that the pool knows, by their tickets: nothing is hashed for a look. A ticket's place is one of as many as
/// there are requests, and so is this table as long.
struct CallTable {
  private var entries: [(ticket: FleetTicket, call: UpstreamCall)?] = []

  var calls: [UpstreamCall] { entries.compactMap { $0?.call } }

  /// Nil for a ticket that is over, or another client's.
  subscript(ticket: FleetTicket) -> UpstreamCall? {
    guard ticket.place < entries.count, let entry = entries[ticket.place], entry.ticket == ticket else {
      return nil
    }
    return entry.call
  }

  mutating func add(_ call: UpstreamCall, _ ticket: FleetTicket) {
    while entries.count <= ticket.place { entries.append(nil) }
    entries[ticket.place] = (ticket, call)
  }

  /// Harmless where it is not there any more.
  mutating func remove(_ ticket: FleetTicket) {
    guard ticket.place < entries.count, entries[ticket.place]?.ticket == ticket else { return }
    entries[ticket.place] = nil
  }
}
