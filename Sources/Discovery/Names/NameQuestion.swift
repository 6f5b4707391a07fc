internal import Configuration

/// What DNS is asked for servers.
package enum NameQuestion: Hashable, Sendable {
  /// The addresses of a name: a server each, at this port.
  case addresses(name: String, port: UInt16)
  /// The targets of a name's SRV records (RFC 2782): a server each, at its port. Their priorities and weights are not looked at.
  case services(name: String)

  /// Nil for a place that needs no question.
  init?(_ place: ServerPlace) {
    switch place {
    case .dns(let name, let port): self = .addresses(name: name, port: port)
    case .dnsService(let name): self = .services(name: name)
    case .url, .file: return nil
    }
  }
}

extension NameQuestion: CustomStringConvertible {
  /// As the setting has it.
  package var description: String {
    switch self {
    case .addresses(let name, let port): "dns:\(name):\(port)"
    case .services(let name): "dns+srv:\(name)"
    }
  }
}
