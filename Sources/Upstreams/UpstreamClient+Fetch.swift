internal import EventLoop
package import Fleet
internal import System

extension UpstreamClient {
  /// Makes a call and collects its response.
  ///
  /// - Parameters:
  ///   - limit: bytes of content; more is ``TransferError/malformed(detail:)``.
  ///   - then: is called once, on the loop, unless the call is cancelled or the client closed.
  package func collect(
    _ request: UpstreamRequest, limit: Int,
    then: @escaping (Result<UpstreamResponse, UpstreamFailure>) -> Void
  ) -> UpstreamCall {
    start(request, sink: CollectingSink(limit: limit) { outcome in if let outcome { then(outcome) } })
  }

  /// The same of one server, whatever the pool thinks of it.
  package func collect(
    _ request: UpstreamRequest, at server: UpstreamServer, limit: Int,
    then: @escaping (Result<UpstreamResponse, UpstreamFailure>) -> Void
  ) -> UpstreamCall {
    start(
      request, at: server, sink: CollectingSink(limit: limit) { outcome in if let outcome { then(outcome) } })
  }

  /// Makes a call and collects its response. The call ends with the task if that is cancelled.
  ///
  /// - Parameters:
  ///   - need: what it needs of the server that it goes to.
  ///   - limit: bytes of content; more is ``TransferError/malformed(detail:)``.
  package func fetch(
    _ request: UpstreamRequest, _ need: FleetRequest = FleetRequest(.general), limit: Int,
    isolation: isolated (any Actor)? = #isolation
  ) async throws(UpstreamFailure) -> UpstreamResponse {
    let fetch = Fetch()
    // A task may hold on to the closure that is called when it is cancelled: that must not hold on to the call.
    let bound = LoopBound(WeakReference(fetch), to: loop)
    let loop = loop
    let outcome = await withTaskCancellationHandler {
      // What a closure has captured decides where it runs: it must not leave the loop.
      _ = isolation
      return await withCheckedContinuation { continuation in
        let sink = CollectingSink(limit: limit) { outcome in
          fetch.call = nil
          continuation.resume(returning: outcome ?? .failure(.cancelled))
        }
        fetch.call = start(request, need, sink: sink)
      }
    } onCancel: {
      loop.execute { bound.value.object?.call?.cancel() }
    }
    return try outcome.get()
  }

  /// A call that a task waits for.
  private final class Fetch {
    var call: UpstreamCall?
  }
}
