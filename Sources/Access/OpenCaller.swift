public import System

/// Callers that need no key where others do: `open_to`.
public enum OpenCaller: Hashable, Sendable {
  /// The programs of the gateway's own machine, as far as can be seen.
  case loopback
  /// Those of a block of addresses.
  case network(IPNetwork)

  /// Reads `loopback`, or a block in CIDR notation; nil for anything else.
  public init?(_ text: String) {
    if text.utf8.elementsEqual("loopback".utf8) {
      self = .loopback
    } else if let network = IPNetwork(text) {
      self = .network(network)
    } else {
      return nil
    }
  }

  /// Is this one of them?
  ///
  /// - Parameters:
  ///   - isOnThisMachine: whether the client is a program of this machine: its address may be one that a proxy has.
  ///   - address: the client's, as far as it is believed; nil where there is none.
  public func includes(_ address: IPAddress?, isOnThisMachine: Bool) -> Bool {
    switch self {
    case .loopback: isOnThisMachine
    case .network(let network): address.map(network.contains) ?? false
    }
  }
}

extension OpenCaller: CustomStringConvertible {
  /// The text that reads back as this.
  public var description: String {
    switch self {
    case .loopback: "loopback"
    case .network(let network): "\(network)"
    }
  }
}
