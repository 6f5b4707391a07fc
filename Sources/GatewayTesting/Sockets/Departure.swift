/// How the other side of a connection left.
public enum Departure: Sendable, Equatable {
  /// It closed its side in order (FIN).
  case finished
  /// It broke the connection off (RST).
  case reset
}
