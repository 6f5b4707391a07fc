internal import EventLoop
internal import Fleet

extension UpstreamClient {
  /// An only server is asked nothing by itself. Asks it now what models it has and has in memory, if that was not done within the last
  /// second, so that the pool can tell.
  ///
  /// - Returns: whether it works; nil where there are several servers.
  package func lookAtSoleServer(isolation: isolated (any Actor)? = #isolation) async -> Bool? {
    guard servers.entries.count == 1 else { return nil }
    guard case .success(let version) = await health().version else { return false }
    guard let entry = pool.beginLook(at: loop.now) else { return true }
    pool.observed(entry.id, .version(version), at: loop.now)
    // What is in memory is told by digest: the list comes first.
    for question in [FleetQuestion.models, .loaded] {
      await withCheckedContinuation { continuation in
        ask(question, of: entry.server, entry.id, within: UpstreamClient.lookLimit) { continuation.resume() }
      }
    }
    return true
  }

  /// Somebody waits for it.
  private static let lookLimit = Duration.seconds(2)
}
