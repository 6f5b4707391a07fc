/// Where a generation stands that waits for a server. It is told as it changes, and is no part of the log: it has no number, and who
/// comes later hears only of the last.
public struct GenerationWait: Equatable, Sendable {
  /// Why it waits.
  public enum Reason: Sendable, CaseIterable {
    /// The servers that could take it have others' requests.
    case busy
    /// The model is being loaded.
    case loading
  }

  /// Among those that wait for the same servers, from 1: it may grow, as others have had less.
  public var position: Int
  /// Until it is sent, as it seems; nil where nothing is known of that.
  public var seconds: Int?
  public var reason: Reason
  /// The server that loads the model, where clients may hear of it.
  public var server: String?

  public init(position: Int, seconds: Int?, reason: Reason, server: String? = nil) {
    self.position = position
    self.seconds = seconds
    self.reason = reason
    self.server = server
  }
}
