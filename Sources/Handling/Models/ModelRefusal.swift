package import Upstreams

/// Why a model may not be used.
package enum ModelRefusal: Error {
  /// The account pays that Ollama is signed in with.
  case cloudModel
  /// This server did not say which models it has, so that nobody knows who pays.
  case unknown(UpstreamFailure, of: UpstreamServer)
  /// The caller's key has no part in the model of this name.
  case notAllowed(String)
  /// The worker has ended.
  case shuttingDown

  /// What the client is told.
  package var requestFailure: RequestFailure {
    switch self {
    case .cloudModel: .cloudModel
    case .unknown(let failure, _): RequestFailure(failure)
    case .notAllowed(let name): .notAllowed(name)
    case .shuttingDown: .shuttingDown
    }
  }
}
