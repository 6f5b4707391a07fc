/// What kind of work a call asks an Ollama for: that decides on its time limits.
package enum UpstreamWork: Sendable {
  /// What a model makes.
  case inference
  /// What Ollama has at hand.
  case read
  /// The list of models that a request for a model waits for.
  case lookup
  /// What changes the Ollama, which is silent for minutes while it verifies.
  case management
  /// What the gateway wants to know for itself: neither counted nor logged.
  case check
}
