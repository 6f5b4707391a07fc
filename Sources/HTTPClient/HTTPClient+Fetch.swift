/// A small response, whole.
public struct FetchedResponse: Sendable {
  public let head: ResponseHead
  public let content: [UInt8]
}

extension HTTPClient {
  /// Sends a request and collects its response, for answers that are read by the gateway itself. On the loop.
  ///
  /// - Parameter limit: bytes of content; more is ``TransferError/malformed(detail:)``.
  public func fetch(_ request: ClientRequest, limit: Int) async throws(TransferError) -> FetchedResponse {
    let result = await withCheckedContinuation { continuation in
      _ = start(request, delegate: FetchDelegate(limit: limit, continuation: continuation))
    }
    return try result.get()
  }
}

/// Collects one response.
private final class FetchDelegate: TransferDelegate {
  typealias Outcome = Result<FetchedResponse, TransferError>

  private let limit: Int
  private var continuation: CheckedContinuation<Outcome, Never>?
  private var head: ResponseHead?
  private var content: [UInt8] = []

  init(limit: Int, continuation: CheckedContinuation<Outcome, Never>) {
    self.limit = limit
    self.continuation = continuation
  }

  /// A client that is closed lets go of its transfers without a word.
  deinit { finish(.failure(.failed(detail: "cancelled"))) }

  func transfer(_ transfer: Transfer, didReceive head: ResponseHead) { self.head = head }

  func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    if content.count + bytes.count > limit {
      transfer.cancel()
      finish(.failure(.malformed(detail: "more than \(limit) bytes")))
    } else {
      content.append(contentsOf: bytes)
    }
    return .proceed
  }

  func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
    if let error { return finish(.failure(error)) }
    guard let head else { return finish(.failure(.malformed(detail: "no head"))) }
    finish(.success(FetchedResponse(head: head, content: content)))
  }

  private func finish(_ outcome: Outcome) {
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}
