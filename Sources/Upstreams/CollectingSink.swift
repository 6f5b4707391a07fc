internal import HTTPClient

/// Collects a small response.
final class CollectingSink: UpstreamSink {
  /// nil where it has ended without a result: it was cancelled, or the client closed.
  typealias Completion = (Result<UpstreamResponse, UpstreamFailure>?) -> Void

  private let limit: Int
  private var then: Completion?
  private var head: ResponseHead?
  private var content: [UInt8] = []

  /// - Parameter then: is called once.
  init(limit: Int, then: @escaping Completion) {
    self.limit = limit
    self.then = then
  }

  deinit { finish(nil) }

  func call(_ call: UpstreamCall, didReceive head: ResponseHead) { self.head = head }

  func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    if bytes.count > limit - content.count {
      call.finish()
      finish(.failure(.transfer(.malformed(detail: "more than \(limit) bytes"))))
    } else {
      content.append(contentsOf: bytes)
    }
    return .proceed
  }

  func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?) {
    if let failure { return finish(.failure(failure)) }
    guard let head else { return finish(.failure(.transfer(.malformed(detail: "no head")))) }
    finish(.success(UpstreamResponse(head: head, content: content)))
  }

  func finish(_ outcome: Result<UpstreamResponse, UpstreamFailure>?) {
    let then = then
    self.then = nil
    then?(outcome)
  }
}
