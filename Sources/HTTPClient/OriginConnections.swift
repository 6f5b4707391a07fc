/// How many connections to each server a multi handle has, and how many of them carry a transfer: a plain value. Servers are
/// few, so they are looked at one after the other.
struct OriginConnections {
  private var entries: [Entry] = []

  private struct Entry {
    let origin: ServerOrigin
    var connections = 0
    var transfers = 0
  }

  /// Servers with a connection or transfer.
  var originCount: Int { entries.count }

  /// Whether a connection to the server waits for a request, as far as is known here.
  func hasIdle(to origin: ServerOrigin) -> Bool {
    for entry in entries where entry.origin == origin { return entry.connections > entry.transfers }
    return false
  }

  mutating func addConnection(to origin: ServerOrigin) { entries[place(of: origin)].connections += 1 }

  mutating func addTransfer(to origin: ServerOrigin) { entries[place(of: origin)].transfers += 1 }

  mutating func removeConnection(to origin: ServerOrigin) {
    change(origin) { $0.connections -= 1 }
  }

  mutating func removeTransfer(to origin: ServerOrigin) {
    change(origin) { $0.transfers -= 1 }
  }

  private mutating func place(of origin: ServerOrigin) -> Int {
    for index in entries.indices where entries[index].origin == origin { return index }
    entries.append(Entry(origin: origin))
    return entries.count - 1
  }

  private mutating func change(_ origin: ServerOrigin, _ body: (inout Entry) -> Void) {
    guard let index = entries.firstIndex(where: { $0.origin == origin }) else { return }
    body(&entries[index])
    if entries[index].connections == 0 && entries[index].transfers == 0 { entries.remove(at: index) }
  }
}
