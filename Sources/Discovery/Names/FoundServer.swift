package import Access
internal import System

/// Where DNS has a server.
package struct FoundServer: Hashable, Sendable {
  /// An address, or the name of a target.
  package let host: Authority.Host
  package let port: UInt16

  package init(_ host: Authority.Host, port: UInt16) {
    self.host = host
    self.port = port
  }

  var url: String { "http://\(Authority(host: host, port: port))" }
}

extension FoundServer: Comparable {
  /// Addresses before names, IPv4 before IPv6, by their numbers; names by their bytes.
  package static func < (left: FoundServer, right: FoundServer) -> Bool {
    let (one, other) = (left.key, right.key)
    return one == other ? left.port < right.port : one.lexicographicallyPrecedes(other)
  }

  private var key: [UInt8] {
    switch host {
    case .address(.v4(let bits)): [0] + IPAddress.v4(bits).bytes
    case .address(let address): [1] + address.bytes
    case .name(let name): [2] + name.utf8
    }
  }
}
