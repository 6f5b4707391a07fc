public import Budgets

/// A request that is refused before anybody else sees it.
public struct ServerRefusal {
  /// nil where no head has arrived.
  public var request: ServerRequest? { exchange?.request }
  /// 400, 408, 413, 414, 429, 431, 501, 502, 503 or 505.
  public let status: Int
  /// One sentence for the client.
  public let detail: String
  /// What it was refused in; nil where no head has arrived. Its context is nil where the delegate has not seen it.
  public let exchange: ServerExchange?
  /// Whose memory for bodies is full, where that is why.
  public let memory: MemoryRefusal?

  init(status: Int, detail: String, exchange: ServerExchange?, memory: MemoryRefusal? = nil) {
    self.status = status
    self.detail = detail
    self.exchange = exchange
    self.memory = memory
  }
}
