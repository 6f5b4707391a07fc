package import System

/// Where a caller is, as far as it is believed.
package struct CallerPlace: Equatable, Sendable {
  /// Whether it is a program of the gateway's own machine.
  package let isOnThisMachine: Bool
  /// Nil behind a UNIX socket, and where a proxy does not say for whom it asks.
  package let address: IPAddress?

  /// - Parameters: see the properties.
  package init(isOnThisMachine: Bool, address: IPAddress?) {
    self.isOnThisMachine = isOnThisMachine
    self.address = address
  }
}
