package import Telemetry
package import Upstreams

/// What came of the calls to each server, as one worker has counted it. Bounded, however often the list of servers changes.
package struct ServerFigures: Sendable {
  /// Of one server.
  package struct Figures: Sendable {
    /// From a request to its response's head.
    package var latency = Histogram(.requestDuration)
    /// Calls that have failed, by kind.
    package var errors: [WorkerMetrics.UpstreamError: Int] = [:]

    package init() {}

    package mutating func add(_ other: Figures) {
      latency.add(other.latency)
      errors.merge(other.errors, uniquingKeysWith: +)
    }
  }

  private var entries: [(server: UpstreamServer, figures: Figures)] = []
  /// The servers of ``entries``: a look through these counts no references.
  private var identities: [ObjectIdentifier] = []
  private var others = Figures()
  /// Most calls go where the one before has gone.
  private var last = 0

  /// Servers that are told apart; others are one.
  package static let limit = 256

  package init() {}

  package mutating func note(_ server: UpstreamServer?, _ body: (inout Figures) -> Void) {
    guard let server, let place = place(of: server) else { return body(&others) }
    last = place
    body(&entries[place].figures)
  }

  private mutating func place(of server: UpstreamServer) -> Int? {
    let identity = ObjectIdentifier(server)
    if last < identities.count, identities[last] == identity { return last }
    for place in identities.indices where identities[place] == identity { return place }
    if let place = entries.firstIndex(where: { $0.server.isSame(as: server) }) {
      // After a reload it is another object.
      entries[place].server = server
      identities[place] = identity
      return place
    }
    guard entries.count < ServerFigures.limit else { return nil }
    entries.append((server, Figures()))
    identities.append(identity)
    return entries.count - 1
  }

  /// Those of the servers of these URLs, each in its place, and last of all others together.
  package func figures(of urls: [String]) -> [Figures] {
    var sums = Array(repeating: Figures(), count: urls.count + 1)
    sums[urls.count] = others
    for (server, figures) in entries {
      let place = urls.firstIndex { $0.utf8.elementsEqual(server.url.utf8) } ?? urls.count
      sums[place].add(figures)
    }
    return sums
  }
}
