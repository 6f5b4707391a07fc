/// What a transfer tells, and asks of, the one who started it. Called on the loop's thread, never after
/// ``Transfer/cancel()``, and never from inside ``HTTPClient/start(_:delegate:)``.
public protocol TransferDelegate: AnyObject {
  /// The final response's head has arrived.
  func transfer(_ transfer: Transfer, didReceive head: ResponseHead)

  /// A piece of content, valid during the call. With ``TransferDemand/pause`` the bytes are taken, and the
  /// next come after ``Transfer/resume()``.
  func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand

  /// Asks for the next piece of a streamed request body.
  func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece

  /// The transfer has ended: with nil, the response is whole. Called exactly once unless cancelled.
  func transferDidEnd(_ transfer: Transfer, error: TransferError?)
}

extension TransferDelegate {
  public func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    preconditionFailure("a streamed body needs a delegate that has one")
  }
}

/// Whether a transfer goes on at once.
public enum TransferDemand {
  case proceed
  case pause
}

/// What a delegate that is asked for more of a request's body returns.
public enum BodyPiece {
  /// So many bytes, at least 1, are in the buffer.
  case bytes(Int)
  /// None yet: ask again after ``Transfer/resumeUpload()``.
  case later
  case end
  /// The body will never be whole: the transfer fails.
  case abort
}
