package import Fleet
package import HTTPClient

/// What takes the response of a call: a client's exchange, an event log, a small document. Called on the loop's thread, never
/// after ``UpstreamCall/cancel()`` or ``UpstreamCall/finish()``, and never from inside
/// ``UpstreamClient/start(_:sink:)``, but for ``call(_:isSentTo:)``.
package protocol UpstreamSink: AnyObject {
  /// The request goes to this server; the last is what counts.
  func call(_ call: UpstreamCall, isSentTo server: UpstreamServer)

  /// The request waits for a server, and stands there among the others. Told where ``FleetRequest/isTold`` asks for it.
  func call(_ call: UpstreamCall, stands standing: FleetStanding)

  /// The response's head has arrived.
  func call(_ call: UpstreamCall, didReceive head: ResponseHead)

  /// A piece of content, valid during the call. With ``TransferDemand/pause`` the bytes are taken, and the next come after
  /// ``UpstreamCall/resume()``.
  func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand

  /// Asks for the next piece of a streamed request body.
  func call(_ call: UpstreamCall, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece

  /// Something is wrong with Ollama, in words for the log. The last is what counts.
  func call(_ call: UpstreamCall, isTroubledBy reason: String)

  /// The call has ended: with nil, the response is whole. The last call of all.
  func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?)
}

extension UpstreamSink {
  package func call(_ call: UpstreamCall, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    preconditionFailure("a streamed body needs a sink that has one")
  }

  package func call(_ call: UpstreamCall, isSentTo server: UpstreamServer) {}

  package func call(_ call: UpstreamCall, stands standing: FleetStanding) {}

  package func call(_ call: UpstreamCall, isTroubledBy reason: String) {}
}
