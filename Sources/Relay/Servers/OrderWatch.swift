internal import EventLoop
internal import System
internal import Upstreams

/// Looks now and then whether one of the servers that carry out an order is silent for too long. Lives on its worker's loop; who
/// gave the order keeps it until the order is over.
final class OrderWatch {
  private let entries: [UpstreamServers.Entry]
  private let upstreams: UpstreamClient
  private let patience: OrderPatience
  /// Of each server; nil for one that is not waited for.
  private var heardAt: [MonotonicTime?]
  private var timer: LoopTimer?

  /// - Parameter giveUp: is called once for a server that is waited for no longer, with why.
  init(
    _ entries: [UpstreamServers.Entry], by upstreams: UpstreamClient, _ patience: OrderPatience,
    giveUp: @escaping (_ place: Int, _ reason: String) -> Void
  ) {
    self.entries = entries
    self.upstreams = upstreams
    self.patience = patience
    heardAt = Array(repeating: upstreams.loop.now, count: entries.count)
    let timer = upstreams.loop.makeTimer { [weak self] in self?.look(giveUp) }
    timer.schedule(after: patience.interval)
    self.timer = timer
  }

  deinit { timer?.cancel() }

  /// A server has said or taken something.
  func heard(_ place: Int) { heardAt[place] = upstreams.loop.now }

  /// It is not waited for any more: it is done, or the client has to go on first.
  func rest(_ place: Int) { heardAt[place] = nil }

  private func look(_ giveUp: (Int, String) -> Void) {
    timer?.schedule(after: patience.interval)
    for place in entries.indices {
      guard let since = heardAt[place] else { continue }
      let isDown = upstreams.pool.isDown(entries[place].id)
      guard let reason = patience.verdict(silentFor: upstreams.loop.now - since, isDown: isDown) else {
        continue
      }
      heardAt[place] = nil
      giveUp(place, reason)
    }
  }
}
