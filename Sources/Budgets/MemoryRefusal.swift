/// Why there is no memory for something.
public enum MemoryRefusal: Error, Equatable, Sendable {
  /// The process holds as much as it may (503).
  case exhausted
  /// The client holds its share (429).
  case clientShare
}
