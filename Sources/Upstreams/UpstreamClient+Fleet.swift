internal import Fleet

// The servers as a whole.
extension UpstreamClient {
  /// Those that take work, in the operator's order: all that are neither down nor drained. All of them where that is none, so that
  /// a question tells why.
  package var serversUp: [UpstreamServers.Entry] {
    guard servers.entries.count > 1 else { return servers.entries }
    let up = pool.serversUp(among: servers)
    return up.isEmpty ? servers.entries : up
  }
}
