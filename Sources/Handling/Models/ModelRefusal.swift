internal import HTTPClient
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
    // The request itself has not been sent.
    case .unknown(.transfer(.firstByteTimeout), _), .unknown(.transfer(.idleTimeout), _):
      RequestFailure(504, "Ollama did not say in time which models it has.")
    case .unknown(let failure, _): RequestFailure(failure)
    case .notAllowed(let name): .notAllowed(name)
    case .shuttingDown: .shuttingDown
    }
  }

  /// Who is to blame, and why, for the log; nil where that is no server.
  package var trouble: (server: UpstreamServer, reason: String)? {
    guard case .unknown(let failure, let server) = self else { return nil }
    return (server, "its list of models: \(failure)")
  }
}
