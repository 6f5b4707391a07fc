package import Configuration
internal import Upstreams

extension [UpstreamServer] {
  /// Those that the settings name.
  package init(_ configuration: Configuration) {
    self = configuration.servers.compactMap { entry in
      guard case .url(let url) = entry.place else { return nil }
      return UpstreamServer(entry, url: "\(url)", name: entry.name?.text, login: UpstreamLogin(entry))
    }
  }
}
