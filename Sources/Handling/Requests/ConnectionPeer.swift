package import Access
package import Budgets
package import HTTPServer
package import System

/// Who is at the other end of a connection, found out once for all of its requests, and for whom it has asked last. Lives on
/// its worker's loop.
package final class ConnectionPeer {
  /// Nil on a UNIX socket.
  package let address: IPAddress?
  /// Whether the peer is a program of this machine.
  package let isOnThisMachine: Bool
  /// By which ``isTrustedProxy`` was found out.
  private var settings: LiveSettings
  /// Whether the peer's word is believed when it says for whom it asks.
  package private(set) var isTrustedProxy: Bool
  private let isTrustedUnixPeer: Bool
  /// That of the client that the connection's last request came from.
  private var account: ClientAccount?

  private init(_ exchange: ServerExchange, _ settings: LiveSettings) {
    isTrustedUnixPeer = exchange.isFromTrustedUnixPeer
    address = exchange.peer.address
    isOnThisMachine = address?.isLoopback ?? true
    self.settings = settings
    isTrustedProxy = false
    isTrustedProxy = isTrusted
  }

  /// The peer of the exchange's connection.
  package static func of(_ exchange: ServerExchange, _ settings: LiveSettings) -> ConnectionPeer {
    guard let peer = exchange.connectionContext as? ConnectionPeer else {
      let peer = ConnectionPeer(exchange, settings)
      exchange.connectionContext = peer
      return peer
    }
    if peer.settings !== settings {
      peer.settings = settings
      peer.isTrustedProxy = peer.isTrusted
      if peer.isTrustedProxy { exchange.releaseConnection() }
    }
    return peer
  }

  private var isTrusted: Bool {
    guard let address else { return isTrustedUnixPeer }
    return settings.trustedProxies.contains(address)
  }

  /// The account of the client that a request comes from, as far as it is believed. Nil for one on this machine, and where a
  /// trusted proxy does not say for whom it asks: nobody else is to pay for what a proxy passes on.
  ///
  /// Takes a lock only where the request before came from another client.
  package func account(for forwarded: ForwardedRequest?, in accounts: ClientAccounts) -> ClientAccount? {
    if isOnThisMachine && forwarded == nil { return nil }
    guard case .address(let client) = client(for: forwarded) else { return nil }
    let network = ClientNetwork(client)
    if let account, account.network == network { return account }
    let account = accounts.account(of: network)
    self.account = account
    return account
  }

  /// Who a request of the connection comes from.
  package func client(for forwarded: ForwardedRequest?) -> BelievedClient {
    BelievedClient(peer: address, way: forwarded?.way, trusting: settings.trustedProxies)
  }
}
