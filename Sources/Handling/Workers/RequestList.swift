package import EventLoop
internal import HTTPServer

/// A worker's requests that have begun and not ended. Each knows its place here. Lives on its worker's loop.
package final class RequestList {
  private var active: [GatewayRequest] = []
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Whether no request is under way.
  package var isEmpty: Bool { active.isEmpty }

  /// How many are under way.
  package var count: Int { active.count }

  /// Those whose response is made piece by piece.
  package var streamCount: Int { active.count { $0.exchange.isStreaming } }

  /// How many there are of each method.
  package var countsByMethod: [RequestMethod: Int] {
    active.reduce(into: [:]) { $0[RequestMethod($1.method), default: 0] += 1 }
  }

  /// Enters a request that has begun.
  package func add(_ request: GatewayRequest) {
    request.place = active.count
    active.append(request)
  }

  /// A refused one never was here.
  package func remove(_ request: GatewayRequest) {
    guard let place = request.place else { return }
    request.place = nil
    let last = active.removeLast()
    if last !== request {
      active[place] = last
      last.place = place
    }
    if active.isEmpty { stopWaiting() }
  }

  /// Calls `body` with each that there is now.
  package func forEach(_ body: (GatewayRequest) -> Void) {
    for request in active { body(request) }
  }

  /// Comes back once there is none, or after `limit`.
  package func waitUntilIdle(on loop: EventLoop, atMost limit: Duration) async {
    guard !active.isEmpty else { return }
    let timer = loop.makeTimer { [unowned self] in stopWaiting() }
    timer.schedule(after: limit)
    await withCheckedContinuation { waiting.append($0) }
    timer.cancel()
  }

  /// Whoever waits need not any more.
  package func stopWaiting() {
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
