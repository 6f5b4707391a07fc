package import HTTPClient

/// The time limits of calls, by their work.
package struct UpstreamTimeouts: Sendable {
  private let inference: TransferTimeouts
  private let read: TransferTimeouts
  private let lookup: TransferTimeouts
  private let management: TransferTimeouts
  private let check: TransferTimeouts

  /// - Parameters: see ``TransferTimeouts``; the last two are those of ``UpstreamWork/inference``.
  package init(connect: Duration, firstByte: Duration?, idle: Duration?) {
    inference = TransferTimeouts(connect: connect, firstByte: firstByte, idle: idle)
    read = TransferTimeouts(connect: connect, firstByte: .seconds(10), idle: nil, whole: .seconds(30))
    // A list costs Ollama less than what it is asked for then.
    lookup = TransferTimeouts(
      connect: connect, firstByte: min(.seconds(10), firstByte ?? .seconds(10)), idle: nil,
      whole: .seconds(30))
    management = TransferTimeouts(connect: connect, firstByte: nil, idle: nil)
    // Ollama loads no model for it, and yet it may come slowly.
    check = TransferTimeouts(
      connect: min(connect, .seconds(2)), firstByte: .seconds(5), idle: .seconds(5), whole: .seconds(10))
  }

  /// - Parameter limit: ``UpstreamRequest/limit``.
  package func limits(of work: UpstreamWork, within limit: Duration?) -> TransferTimeouts {
    var limits =
      switch work {
      case .inference: inference
      case .read: read
      case .lookup: lookup
      case .management: management
      case .check: check
      }
    if let limit {
      limits.connect = min(limits.connect, limit)
      limits.whole = limits.whole.map { min($0, limit) } ?? limit
    }
    return limits
  }
}
