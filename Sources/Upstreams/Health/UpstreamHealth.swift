/// Whether an Ollama works.
package struct UpstreamHealth: Sendable, Equatable {
  /// Its version; or why it does not say it.
  package let version: Result<String, UpstreamFailure>

  init(version: Result<String, UpstreamFailure>) { self.version = version }

  package var isUp: Bool { failure == nil }

  /// Why it does not work; nil where it does.
  package var failure: UpstreamFailure? {
    if case .failure(let failure) = version { failure } else { nil }
  }
}
