internal import EventLoop
internal import System

/// A small response, whole.
public struct FetchedResponse: Sendable {
  /// Status and fields.
  public let head: ResponseHead
  /// All of it, within the bound that was asked for.
  public let content: [UInt8]
}

extension HTTPClient {
  /// Sends a request and collects its response, for responses that the gateway itself reads. On the loop. The transfer
  /// ends with the task if that is cancelled.
  ///
  /// - Parameter limit: bytes of content; more is ``TransferError/malformed(detail:)``.
  public func fetch(
    _ request: ClientRequest, limit: Int, isolation: isolated (any Actor)? = #isolation
  ) async throws(TransferError) -> FetchedResponse {
    let delegate = FetchDelegate(limit: limit)
    // A task may hold on to the closure that is called when it is cancelled: that must not hold on to the transfer.
    let bound = LoopBound(WeakReference(delegate), to: loop)
    let loop = loop
    let result = await withTaskCancellationHandler {
      // What a closure has captured decides where it runs: it must not leave the loop.
      _ = isolation
      return await withCheckedContinuation { continuation in
        delegate.continuation = continuation
        delegate.transfer = start(request, delegate: delegate)
      }
    } onCancel: {
      loop.execute { bound.value.object?.cancel() }
    }
    return try result.get()
  }
}

/// Collects one response.
private final class FetchDelegate: TransferDelegate {
  typealias Outcome = Result<FetchedResponse, TransferError>

  private let limit: Int
  var continuation: CheckedContinuation<Outcome, Never>?
  /// Until the end.
  var transfer: Transfer?
  private var head: ResponseHead?
  private var content: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  /// A client that is closed lets go of its transfers without a word.
  deinit { finish(.failure(.failed(detail: "cancelled"))) }

  func cancel() {
    transfer?.cancel()
    finish(.failure(.failed(detail: "cancelled")))
  }

  func transfer(_ transfer: Transfer, didReceive head: ResponseHead) { self.head = head }

  func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    if bytes.count > limit - content.count {
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
    transfer = nil
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}
