package import Access
package import Configuration
internal import HTTPClient
internal import HTTPServer
package import System
package import Upstreams

/// The settings that a reload replaces, and what is made of them. Immutable: each worker holds a reference that changes on
/// its own loop, so that reading it takes no lock. A request goes on with what it has taken from here.
package final class LiveSettings: Sendable {
  /// What an operator has set, of which only some can change: see `Setting.effect`.
  package let configuration: Configuration
  /// Which `Host` is served.
  package let hostPolicy: HostPolicy
  /// Which pages may ask.
  package let originPolicy: OriginPolicy
  /// Whose word on clients is believed.
  package let trustedProxies: TrustedProxies
  /// Whom they let in without a key, and to what.
  package let keylessAccess: KeylessAccess
  /// The field in which a trusted proxy names the user, in lower case; empty: none.
  package let userField: [UInt8]
  /// Whether a query may hold a key.
  package let takesQueryKeys: Bool
  /// Names that stand for models.
  package let aliases: ModelAliases
  /// Where calls go, in the operator's order.
  package let servers: [UpstreamServer]
  /// How long they may take.
  package let upstreamTimeouts: UpstreamTimeouts

  /// - Parameters:
  ///   - servers: what the configuration's servers have come to.
  ///   - listening: the addresses of the listening sockets.
  package init(_ configuration: Configuration, servers: [UpstreamServer], listening: [SocketAddress]) {
    self.configuration = configuration
    hostPolicy = HostPolicy(
      listening: listening.compactMap(\.ip), hostname: HostName.current, allowed: configuration.allowedHosts)
    originPolicy = OriginPolicy(allowed: configuration.allowedOrigins)
    trustedProxies = TrustedProxies(configuration.trustedProxies)
    var keyless = KeylessAccess()
    keyless.mode = configuration.auth
    keyless.openTo = configuration.openTo
    keyless.hasIssuer = configuration.oidc != nil
    keyless.mayManageModels = configuration.allowModelManagement
    keylessAccess = keyless
    userField = Array((configuration.trustedUserHeader ?? "").lowercased().utf8)
    takesQueryKeys = configuration.allowQueryKeys
    aliases = ModelAliases(configuration.modelAliases)
    self.servers = servers
    upstreamTimeouts = UpstreamTimeouts(
      connect: configuration.connectTimeout, firstByte: configuration.firstByteTimeout,
      idle: configuration.idleTimeout)
  }
}
