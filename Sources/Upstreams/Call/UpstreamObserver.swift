package import Fleet
package import HTTPClient

/// Counts what calls come to. Called on the loop's thread.
package protocol UpstreamObserver: AnyObject {
  /// A server's head of a response has arrived, so long after its request was sent.
  func noteUpstreamHead(after latency: Duration, of server: UpstreamServer?)
  /// A call that has had to wait for a server is over: how long it waited, in all, and how urgent it was.
  func noteUpstreamWait(_ waited: Duration, in band: FleetBand)
  /// A load that the gateway has asked for is done, after so long.
  func noteUpstreamLoad(after time: Duration)
  /// A call to a server has failed.
  func noteUpstreamError(_ error: TransferError, of server: UpstreamServer?)
}
