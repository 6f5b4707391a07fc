internal import HTTPClient
internal import Upstreams

/// Asks an Ollama for its list of models, once.
final class ModelListFetch: TransferDelegate {
  typealias Outcome = Result<[UInt8], TransferError>

  private var transfer: Transfer?
  private var then: ((Outcome) -> Void)?
  private var isListed = false
  private var content: [UInt8] = []

  /// Bytes of a list: a thousand models take about 400 KB. Of more nothing is kept.
  private static let limit = 16 << 20

  /// - Parameter then: is called once, unless this is cancelled: with the list, or with nothing where Ollama answers with
  ///   something else.
  init(
    _ server: OllamaServer, client: HTTPClient, timeouts: TransferTimeouts,
    then: @escaping (Outcome) -> Void
  ) {
    self.then = then
    let request = ClientRequest(method: "GET", url: server.url + "/api/tags", timeouts: timeouts)
    transfer = client.start(request, delegate: self)
  }

  func cancel() {
    then = nil
    transfer?.cancel()
    transfer = nil
  }

  func transfer(_ transfer: Transfer, didReceive head: ResponseHead) { isListed = head.status == 200 }

  func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    guard isListed, bytes.count <= ModelListFetch.limit - content.count else {
      isListed = false
      content = []
      return .proceed
    }
    content.append(contentsOf: bytes)
    return .proceed
  }

  func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
    self.transfer = nil
    let then = then
    self.then = nil
    switch error {
    case nil: then?(.success(isListed ? content : []))
    // What is asked of such an Ollama next fails by itself, or does not.
    case .brokenOff, .malformed, .failed: then?(.success([]))
    case let error?: then?(.failure(error))
    }
  }
}
