import System

/// Why a call of a ``TestWebSocket`` failed.
public enum TestWebSocketError: Error, Equatable, CustomStringConvertible {
  case cannotConnect(Int32)
  /// The response to the handshake, or what there was of it.
  case refused(String)
  /// The server breaks RFC 6455.
  case brokenRule(String)
  case timedOut(String)
  case unexpected(String)

  public var description: String {
    switch self {
    case .cannotConnect(let code): "cannot connect: \(SystemCallError.reason(of: code))"
    case .refused(let head): "refused: \(head)"
    case .brokenRule(let rule): "the server breaks the protocol: \(rule)"
    case .timedOut(let what): "timed out waiting for \(what)"
    case .unexpected(let what): "unexpected: \(what)"
    }
  }
}
