package import Fleet

/// The servers by their numbers, in the operator's order; those at the end that only finish what they have.
struct UpstreamServerList {
  private var entries: [(id: FleetServerID, server: UpstreamServer)] = []
  /// As many of ``entries`` are in the operator's list.
  private var listed = 0
  private var lastNumber = 0
  /// Whether requests may be sent with more context than they ask for.
  var fitsContext = false

  var ids: [FleetServerID] { entries[..<listed].map(\.id) }

  var servers: [UpstreamServer] { entries[..<listed].map(\.server) }

  var first: (id: FleetServerID, server: UpstreamServer)? { listed > 0 ? entries[0] : nil }

  var count: Int { listed }

  subscript(id: FleetServerID) -> UpstreamServer? {
    for place in entries.indices where entries[place].id.number == id.number { return entries[place].server }
    return nil
  }

  /// From now on these are the servers. One that was there before keeps its number, whatever else is said of it now. Of two of
  /// one URL the first counts.
  mutating func use(_ servers: [UpstreamServer]) {
    var old = entries
    var new: [(id: FleetServerID, server: UpstreamServer)] = []
    for server in servers where !new.contains(where: { $0.server.isSame(as: server) }) {
      if let place = old.firstIndex(where: { $0.server.isSame(as: server) }) {
        new.append((old.remove(at: place).id, server))
      } else {
        lastNumber += 1
        new.append((FleetServerID(lastNumber), server))
      }
    }
    listed = new.count
    entries = new + old
    // Long since done with what they had, but for a few.
    if entries.count > listed + UpstreamServerList.leavingLimit {
      entries.removeLast(old.count - UpstreamServerList.leavingLimit)
    }
  }

  /// Those that were there before and are shown something else now.
  func withOtherLogin(than before: UpstreamServerList) -> [FleetServerID] {
    entries[..<listed].compactMap { entry in
      guard let old = before[entry.id], old !== entry.server, old.login != entry.server.login else {
        return nil
      }
      return entry.id
    }
  }

  /// As many servers that are listed no more are known.
  private static let leavingLimit = 128

  /// These of them, with their numbers.
  func named(_ servers: [UpstreamServer]) -> UpstreamServers {
    UpstreamServers(
      entries: servers.compactMap { server in
        entries.first { $0.server.isSame(as: server) }.map {
          UpstreamServers.Entry(id: $0.id, server: $0.server)
        }
      }, fitsContext: fitsContext)
  }

  var fleetServers: [FleetServer] { entries[..<listed].map { $0.server.fleetServer($0.id) } }
}

/// The servers to which calls may go, in the operator's order, as one loop knows them.
package struct UpstreamServers: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package let id: FleetServerID
    package let server: UpstreamServer
  }

  package let entries: [Entry]
  package let ids: [FleetServerID]
  /// Whether there is something to choose or to hold back: there are several servers, or the operator has bounded what the only one
  /// takes. Otherwise it gets each request at once, and what a request needs is of no matter.
  package let areChosen: Bool
  /// Whether requests may be sent with more context than they ask for.
  package let fitsContext: Bool

  init(entries: [Entry], fitsContext: Bool = false) {
    self.entries = entries
    ids = entries.map(\.id)
    self.fitsContext = fitsContext
    areChosen = entries.count != 1 || entries[0].server.limits != UpstreamServerLimits() || fitsContext
  }
}
