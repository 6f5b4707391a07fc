package import HTTPClient

/// Counts what calls come to. Called on the loop's thread.
package protocol UpstreamObserver: AnyObject {
  /// A response's head has arrived, so long after its request was sent.
  func noteUpstreamHead(after latency: Duration)
  /// A call has failed.
  func noteUpstreamError(_ error: TransferError)
}
