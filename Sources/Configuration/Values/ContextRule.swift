/// What becomes of a request for less context than its model is loaded with.
public enum ContextRule: String, CaseIterable, Sendable {
  /// It goes out as it came: Ollama loads the model anew.
  case pass
  /// It is sent with what the model is loaded with.
  case fit
}
