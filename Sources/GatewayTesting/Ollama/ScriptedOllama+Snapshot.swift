extension ScriptedOllama {
  /// What has happened on a fake up to a moment.
  public struct Snapshot: Sendable, CustomStringConvertible {
    /// The latest exchanges, in the order of their heads, from the moment on that the head was read.
    public internal(set) var exchanges: [Exchange] = []
    /// The number of requests whose head was read, including those that are no longer kept.
    public internal(set) var requestCount = 0
    /// The number of exchanges that have ended, however.
    public internal(set) var endedCount = 0
    /// The number of exchanges whose responses are whole.
    public internal(set) var respondedCount = 0
    /// What broke the rules of HTTP, at most 100 of them. A gateway must never cause one.
    public internal(set) var violations: [String] = []
    /// The number of connections taken so far.
    public internal(set) var acceptedConnections = 0
    /// The number of connections that are open.
    public internal(set) var openConnections = 0
    var waitingAtGate: [String: Int] = [:]

    /// The number of exchanges that go on.
    public var inProgressCount: Int { requestCount - endedCount }

    /// The requests whose body is whole.
    public var requests: [Request] { exchanges.lazy.map(\.request).filter(\.body.isWhole) }

    /// How many scripts wait at a gate.
    public func waiting(at gate: String) -> Int { waitingAtGate[gate] ?? 0 }

    /// The exchanges for a path (without its query).
    public func exchanges(for path: String) -> [Exchange] { exchanges.filter { $0.request.path == path } }

    public var description: String {
      let last = exchanges.suffix(10).map { exchange in
        let ending = exchange.ending.map { "\($0)" } ?? "goes on"
        return "  \(exchange.request.number) on connection \(exchange.request.connection): "
          + "\(exchange.request.method) \(exchange.request.target.prefix(100)), "
          + "\(exchange.request.body.count) bytes in, \(exchange.bytesSent) out, \(ending)\n"
      }
      return "requests: \(requestCount), ended: \(endedCount), connections: \(openConnections) open "
        + "of \(acceptedConnections), gates: \(waitingAtGate), violations: \(violations.prefix(5))\n"
        + last.joined()
    }
  }
}
