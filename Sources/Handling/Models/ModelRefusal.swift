package import Upstreams

/// Why a model may not be used where those of the cloud may not.
package enum ModelRefusal: Error {
  /// The account pays that Ollama is signed in with.
  case cloudModel
  /// This server did not say which models it has, so that nobody knows who pays.
  case unknown(UpstreamFailure, of: UpstreamServer)
  /// The worker has ended.
  case shuttingDown

  /// What the client is told.
  package var requestFailure: RequestFailure {
    switch self {
    case .cloudModel: .cloudModel
    case .unknown(let failure, _): RequestFailure(failure)
    case .shuttingDown: .shuttingDown
    }
  }
}
