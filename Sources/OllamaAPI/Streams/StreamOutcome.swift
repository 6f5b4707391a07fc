/// How a stream ended, by what it carried. An end of the transport says nothing about that: Ollama closes in good
/// order after an error, and a proxy may after half a response.
public enum StreamOutcome: Equatable, Sendable {
  /// The mark of success has come, and perhaps something after it.
  case success
  /// The last event is an error of the stream's own; the message is bounded and is Ollama's, not a secret of ours.
  case failure(String)
  /// Neither: the stream broke off.
  case unmarked
}
