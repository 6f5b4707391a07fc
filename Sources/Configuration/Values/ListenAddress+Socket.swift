package import System

extension SocketAddress {
  /// The socket that listens at an address of the configuration.
  package init(_ address: ListenAddress) {
    switch address {
    case .ipv4(let host, let port), .ipv6(let host, let port): self = .tcp(host: "\(host)", port: port)
    case .any(let port): self = .any(port: port)
    case .unix(let path): self = .unix(path: path)
    }
  }
}
