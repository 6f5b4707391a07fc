package import Fleet

/// How a call came to its server, for the log and for the client.
package struct UpstreamPlacement: Sendable, Equatable {
  /// How often it was sent to a server; 0 where the caller chose one.
  package let attempts: Int
  /// How long it waited for them.
  package let waited: Duration
  /// What became of the wish to stay where the conversation is known.
  package let affinity: FleetAffinity
  /// With how much context it was sent, where that is more than it asks for.
  package let context: FittedContext?
  /// The server's name, where clients may hear of it.
  package let name: String?
  /// Whether clients are told any of this: where there are several servers, or the only one has a name.
  package let isTold: Bool

  /// See the properties.
  package init(
    attempts: Int, waited: Duration, affinity: FleetAffinity, context: FittedContext? = nil, name: String?,
    isTold: Bool
  ) {
    self.attempts = attempts
    self.waited = waited
    self.affinity = affinity
    self.context = context
    self.name = name
    self.isTold = isTold
  }
}

extension UpstreamCall {
  /// Where the call is, once it has been sent.
  package var placement: UpstreamPlacement {
    let servers = client.servers
    return UpstreamPlacement(
      attempts: attempts, waited: waited, affinity: servers.entries.count > 1 ? affinity : .none,
      context: context, name: client.tellsNames ? server?.name : nil, isTold: servers.areTold)
  }
}
