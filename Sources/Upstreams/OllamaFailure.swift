public import HTTPClient

/// Why an Ollama server did not answer a question of the gateway's own.
public enum OllamaFailure: Error, Equatable, CustomStringConvertible {
  case transfer(TransferError)
  /// It answered with an error, and perhaps with after how many seconds to come again.
  case status(Int, retryAfter: Int?)
  /// It answered with something else than Ollama would.
  case nonsense(String)

  public var description: String {
    switch self {
    case .transfer(let error): "\(error)"
    case .status(let status, _): "it answers with status \(status)"
    case .nonsense(let detail): "its answer makes no sense: \(detail)"
    }
  }
}
