package import EventLoop
package import HTTPClient
package import JSON

/// Makes calls to Ollama servers, which are those of its pool. Lives on its loop's thread; ``close()`` must be called there before
/// the last reference goes.
package final class UpstreamClient {
  package var loop: EventLoop { http.loop }
  /// The servers, common to all loops.
  package let pool: UpstreamPool
  /// Where calls go that begin on this loop. Replaced by a reload, in one tick with whatever else the loop knows of it.
  package var server: UpstreamServer
  /// Replaced by a reload; calls that are under way have the old ones.
  package var timeouts: UpstreamTimeouts
  let http: HTTPClient
  let reader: JSONReader
  let observer: (any UpstreamObserver)?
  let warnings: UpstreamWarnings?
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
    server = pool.server
    self.timeouts = timeouts
    self.reader = reader
    self.observer = observer
    self.warnings = warnings
  }

  /// Makes a call, which keeps `sink` until its end.
  package func start(_ request: UpstreamRequest, sink: any UpstreamSink) -> UpstreamCall {
    start(request, at: nil, sink: sink)
  }

  /// - Parameter server: where it has to go, without a lease; nil for ``server``.
  func start(_ request: UpstreamRequest, at server: UpstreamServer?, sink: any UpstreamSink) -> UpstreamCall {
    let call = UpstreamCall(request, client: self, sink: sink)
    call.start(at: server)
    return call
  }

  /// Ends every call without a word to its sink, and closes all connections.
  package func close() {
    isClosed = true
    http.close()
  }
}

extension UpstreamClient {
  /// Calls that have not ended.
  package var activeCalls: Int { http.activeTransfers }

  /// Calls that wait for their reader.
  package var pausedCalls: Int { http.pausedTransfers }

  /// Open connections, idle ones among them.
  package var openConnections: Int { http.openConnections }
}
