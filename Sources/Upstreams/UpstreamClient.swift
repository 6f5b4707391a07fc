package import EventLoop
package import Fleet
package import HTTPClient
package import JSON
internal import HTTPFields
internal import OllamaAPI
internal import System

/// Makes calls to Ollama servers, which are those of its pool. Lives on its loop's thread; ``close()`` must be called there before
/// the last reference goes.
package final class UpstreamClient {
  package var loop: EventLoop { http.loop }
  /// The servers, common to all loops.
  package let pool: UpstreamPool
  /// Where calls go that begin on this loop. Replaced by a reload, in one tick with whatever else the loop knows of them.
  package var servers: UpstreamServers
  /// Replaced by a reload; calls that are under way have the old ones.
  package var timeouts: UpstreamTimeouts
  /// Whether clients are told the names of servers. Replaced by a reload.
  package var tellsNames = true
  let http: HTTPClient
  let reader: JSONReader
  let observer: (any UpstreamObserver)?
  let warnings: UpstreamWarnings?
  /// Canonical names of models by the names that were given, for most requests name the same ones.
  private var canonicalNames: [String: String] = [:]
  private var lastName: (given: String, canonical: String) = ("", "")
  /// The pool's number for it.
  private(set) var number = 0
  /// The calls that the pool knows.
  var calls = CallTable()
  /// The loads of models that it makes for the pool.
  var loads: [FleetLoadID: UpstreamCall] = [:]
  private var timer: LoopTimer?
  private(set) var isClosed = false

  /// On the client's loop.
  ///
  /// - Parameters:
  ///   - http: what it sends requests by; nobody else should.
  ///   - reader: reads what Ollama responds to questions of the gateway's own.
  ///   - observer: counts what calls come to.
  ///   - warnings: says in the log why they fail.
  package init(
    http: HTTPClient, pool: UpstreamPool, timeouts: UpstreamTimeouts, reader: JSONReader,
    observer: (any UpstreamObserver)? = nil, warnings: UpstreamWarnings? = nil
  ) {
    self.http = http
    self.pool = pool
    servers = pool.servers
    self.timeouts = timeouts
    self.reader = reader
    self.observer = observer
    self.warnings = warnings
    timer = loop.makeTimer { [unowned self] in self.pool.tick(at: self.loop.now) }
    number = pool.add(self)
  }

  /// The one spelling of a model's name by which the pool knows it.
  ///
  /// - Parameter name: at most ``ModelName/maximumBytes`` bytes.
  package func canonicalName(_ name: String) -> String {
    if lastName.given.hasSameBytes(as: name) { return lastName.canonical }
    let canonical = canonicalNames[name] ?? ModelName(name)?.canonical ?? name
    if canonicalNames[name] == nil {
      if canonicalNames.count >= UpstreamClient.canonicalNameLimit { canonicalNames = [:] }
      canonicalNames[name] = canonical
    }
    lastName = (name, canonical)
    return canonical
  }

  private static let canonicalNameLimit = 256

  /// Makes a call, which keeps `sink` until its end. Of a client that was closed it ends at once, without a word to its sink, as those did
  /// that had begun: a task that has waited for another one may go on then.
  ///
  /// - Parameter need: what it needs of the server that it goes to, which is one of ``servers``.
  package func start(
    _ request: UpstreamRequest, _ need: consuming FleetRequest = FleetRequest(.general),
    sink: any UpstreamSink
  ) -> UpstreamCall {
    let call = UpstreamCall(request, client: self, sink: sink)
    if need.allowed == nil { need.allowed = servers.ids }
    if isClosed { call.cancel() } else { call.start(need) }
    return call
  }

  /// The same at one server.
  ///
  /// - Parameter server: where it has to go, whatever the pool thinks of it.
  package func start(
    _ request: UpstreamRequest, at server: UpstreamServer, sink: any UpstreamSink
  ) -> UpstreamCall {
    let call = UpstreamCall(request, client: self, sink: sink)
    if isClosed { call.cancel() } else { call.start(at: server) }
    return call
  }

  /// Ends every call without a word to its sink, and closes all connections.
  package func close() {
    isClosed = true
    // A sink may hold on to its call.
    for call in calls.calls + Array(loads.values) { call.cancel() }
    calls = CallTable()
    loads = [:]
    timer?.cancel()
    http.close()
    pool.remove(client: number)
  }

  func setTimer(_ deadline: MonotonicTime) { timer?.schedule(after: max(.zero, deadline - loop.now)) }
}

extension UpstreamClient {
  /// Calls that have not ended.
  package var activeCalls: Int { http.activeTransfers }

  /// Calls that wait for their reader.
  package var pausedCalls: Int { http.pausedTransfers }

  /// Open connections, idle ones among them.
  package var openConnections: Int { http.openConnections }
}
