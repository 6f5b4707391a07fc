package import HTTPClient

/// Counts what calls come to. Called on the loop's thread.
package protocol UpstreamObserver: AnyObject {
  /// A response's head has arrived, so long after its request was sent.
  func noteUpstreamHead(after latency: Duration)
  /// A call that has had to wait for a server is over: how long it waited, in all.
  func noteUpstreamWait(_ waited: Duration)
  /// A load that the gateway has asked for is done, after so long.
  func noteUpstreamLoad(after time: Duration)
  /// A call has failed.
  func noteUpstreamError(_ error: TransferError)
}
