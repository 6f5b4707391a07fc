/// A server that a request has been given: it is sent there now.
package struct FleetGrant: Sendable, Equatable {
  package let server: FleetServerID
  /// Whether the request comes where its conversation has been.
  package let affinity: FleetAffinity
  /// How long it waited, in all, for this and the servers before.
  package let waited: Duration
  /// How long a server may take to the first byte of a streamed response, by three times what is known of it; the limit is this
  /// or the configured one, whichever is longer. Nil where a response may take as long as it does.
  package let firstByteLimit: Duration?
  /// With which `num_ctx` it is sent, where that is more than it asks for: its model is loaded with so much, and would be loaded anew for
  /// less.
  package var contextLength: Int?
}

/// What became of the wish to stay where the conversation's prompt is cached.
package enum FleetAffinity: Int, Sendable, Equatable, CaseIterable {
  /// The request names no conversation.
  case none
  /// Its conversation has been on no server, or so long ago that nothing of it is there any more.
  case initialize
  /// It comes to the server that had the conversation last.
  case retain
  /// It comes to another, which is expected to be sooner.
  case `switch`
}
