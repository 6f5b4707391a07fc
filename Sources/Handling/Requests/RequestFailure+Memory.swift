package import Budgets
package import Sessions

extension RequestFailure {
  /// There is no memory for what was asked for.
  package init(_ refusal: MemoryRefusal) {
    switch refusal {
    case .exhausted:
      self.init(
        503, "Too much waits to be sent to slow readers; try again later.",
        headerFields: [("Retry-After", "5")])
    case .clientShare:
      self.init(
        429, "Too much waits to be sent to this client; read it, or try again later.",
        headerFields: [("Retry-After", "5")])
    }
  }
}

extension RequestFailure {
  /// Counts messages that wait to be sent: their session may forget them meanwhile.
  package static func hold(
    _ messages: [Message], of budget: MemoryBudget, for account: ClientAccount?
  ) throws(RequestFailure) -> MemoryHold {
    try hold(bytes: messages.reduce(0) { $0 + $1.textBytes }, of: budget, for: account)
  }

  /// Counts bytes that are kept for a client.
  package static func hold(
    bytes: Int, of budget: MemoryBudget, for account: ClientAccount?
  ) throws(RequestFailure) -> MemoryHold {
    do throws(MemoryRefusal) {
      return try MemoryHold(bytes, of: budget, for: account)
    } catch {
      throw RequestFailure(error)
    }
  }
}
