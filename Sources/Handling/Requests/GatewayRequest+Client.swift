package import Access
internal import HTTPFields
internal import HTTPServer
internal import System
package import Telemetry

// Who has sent the request.
extension GatewayRequest {
  /// The client as the log has it, as far as it is believed: the peer with its port, or the address that a trusted proxy says.
  package var client: AccessLogEntry.Client {
    forwarded?.way.hops.first.map { .address($0) } ?? .peer(exchange.peer)
  }

  /// Whether a program of the gateway's own machine has sent it, as far as can be seen: no field says that it has passed a
  /// proxy, or a trusted one names a loopback address.
  package var isFromThisMachine: Bool {
    guard peer.client(for: forwarded) == .thisMachine else { return false }
    let fields = exchange.request.fields
    // Behind a proxy that is not trusted, or does not say for whom it asks, everybody would seem to be here.
    guard forwarded?.way.isComplete == true else { return !ProxySigns.arePresent(in: fields) }
    return ProxySigns.nameThisMachineOnly(in: fields)
  }

  /// From where it comes, as far as is believed.
  package var callerPlace: CallerPlace {
    switch peer.client(for: forwarded) {
    case .address(let address): return CallerPlace(isOnThisMachine: false, address: address)
    case .unknown: return CallerPlace(isOnThisMachine: false, address: nil)
    case .thisMachine:
      // Behind a proxy that is not believed everybody would seem to be here.
      guard isFromThisMachine else { return CallerPlace(isOnThisMachine: false, address: nil) }
      return CallerPlace(isOnThisMachine: true, address: forwarded?.way.hops.first ?? peer.address)
    }
  }

  /// Who asks, as far as the connection and the header show. Found out once: where a key is shown as it is let in, else when the work
  /// first wants to know: most requests are relayed, and none of them is about somebody's own.
  package func principal(by authenticator: Authenticator, _ doorkeeper: Doorkeeper) -> Principal {
    if let principal { return principal }
    let isHere = isFromThisMachine
    let principal = authenticator.principal(
      showing: exchange.request.fields, at: forwarded?.way.hops.first ?? peer.address,
      isOnThisMachine: isHere, scopes: doorkeeper.scopesWithoutKey(isOnThisMachine: isHere))
    self.principal = principal
    return principal
  }

  /// The value of `X-Forwarded-For` for Ollama: those who are believed, and the peer behind them.
  package var forwardedFor: String {
    let hops = forwarded?.way.hops ?? []
    guard !hops.isEmpty else { return peer.address?.description ?? "unknown" }
    return (hops + (peer.address.map { [$0] } ?? [])).map(\.description).joined(separator: ", ")
  }
}
