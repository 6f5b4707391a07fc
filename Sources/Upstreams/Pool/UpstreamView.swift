package import Fleet
internal import System

/// What is known of the servers, for people, and what they are called.
package struct UpstreamView: Sendable {
  package struct Server: Sendable {
    /// See ``UpstreamServers/Entry/name``.
    package let name: String
    /// For operators alone.
    package let url: String
    /// What metrics and the status page call it: the name, but for an only server without one, which goes by its URL as ever.
    package let label: String
    package let known: FleetView.Server
  }

  /// In the operator's order; those that leave at their old places.
  package let servers: [Server]
  /// All calls that wait.
  package let depth: Int
  package let depths: [FleetBand: Int]
  /// The first of them, in the order of their turns.
  package let waiting: [FleetView.Waiting]
  /// Who they are, as far as that is known.
  package let callers: [FleetTicket: FleetCaller]
  package let fairness: Double
  package let counters: FleetCounters

  /// What a server is called; nil for one that is gone.
  package func name(of id: FleetServerID) -> String? { servers.first { $0.known.id == id }?.name }
}

extension UpstreamServers.Entry {
  /// What requests and views call the server: the name that the operator has given it, or one of its number, which stays as long
  /// as the server does. That has a character which no given name may have.
  package var name: String { server.name ?? "server_\(id.number)" }
}

extension UpstreamServers {
  /// What metrics, the status page and the health of the chat call a server: see ``UpstreamView/Server/label``.
  package func label(of entry: Entry) -> String {
    entries.count == 1 ? entry.server.description : entry.name
  }

  /// Whether clients are told which server has served them: where there is a choice, or the only one has a name.
  package var areTold: Bool { entries.count > 1 || entries.first?.server.name != nil }
}

extension UpstreamPool {
  /// What is known of the servers, with their names.
  ///
  /// - Parameters:
  ///   - limit: as many of the calls that wait are shown.
  ///   - listsModels: whether the servers' lists are wanted, which may be long.
  package func view(waiting limit: Int, listsModels: Bool = false) -> UpstreamView {
    let (view, callers) = viewWithCallers(limit: limit, listsModels: listsModels)
    let listed = servers
    let shown = view.servers.compactMap { known -> UpstreamView.Server? in
      guard let server = server(known.id) else { return nil }
      let entry = UpstreamServers.Entry(id: known.id, server: server)
      let label = known.isLeaving ? entry.name : listed.label(of: entry)
      return UpstreamView.Server(name: entry.name, url: server.url, label: label, known: known)
    }
    return UpstreamView(
      servers: shown, depth: view.depth, depths: view.depths, waiting: view.waiting, callers: callers,
      fairness: view.fairness, counters: view.counters)
  }

  /// How many servers there are; nil where there is only one, of which the health report tells.
  package var counts: FleetCounts? {
    let counts = withScheduler { $0.counts }
    return counts.total > 1 ? counts : nil
  }

  /// Those that are neither down nor drained.
  func serversUp(among servers: UpstreamServers) -> [UpstreamServers.Entry] {
    withScheduler { scheduler in servers.entries.filter { scheduler.takesWork($0.id) } }
  }

  /// Whether a server does not respond at all, as far as is known.
  package func isDown(_ id: FleetServerID) -> Bool { withScheduler { $0.isDown(id) } }

  /// The server of a name, among those that get work or are drained.
  package func server(named name: String) -> UpstreamServers.Entry? {
    servers.entries.first { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
