/// Takes the body of a request piece by piece. Called on the loop's thread.
public protocol RequestBodySink: AnyObject {
  /// Takes all of `bytes`, valid during the call, and tells whether more may come at once; otherwise
  /// ``ServerExchange/resumeBody()`` lets it go on.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
  /// The body is complete.
  func finish()
}
