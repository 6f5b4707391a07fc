package import Fleet
package import HTTPClient

/// Why an Ollama did not give what it was asked for.
package enum UpstreamFailure: Error, Equatable, CustomStringConvertible {
  /// There was no server for it; after so many seconds there may be one.
  case refused(FleetRefusal, retryAfter: Int? = nil)
  /// No whole response came.
  case transfer(TransferError)
  /// It does not take what the operator has the gateway show it: see ``UpstreamServer/login``.
  case loginRefused(status: Int)
  /// To a question of the gateway's own it has responded with an error, and perhaps with after how many seconds to come again.
  case status(Int, retryAfter: Int?)
  /// To a question of the gateway's own it has responded with something else than Ollama would.
  case nonsense(String)

  /// The gateway itself has broken it off.
  static let cancelled = UpstreamFailure.transfer(.failed(detail: "cancelled"))

  /// For the log; none of Ollama's own words, which may repeat what a model or a client has said.
  package var description: String {
    switch self {
    case .refused(let refusal, _): "\(refusal)"
    case .transfer(let error): "\(error)"
    case .loginRefused(let status): UpstreamTrouble.loginRefused(status).description
    case .status(let status, _): UpstreamTrouble.status(status).description
    case .nonsense(let detail): "its answer makes no sense: \(detail)"
    }
  }
}
