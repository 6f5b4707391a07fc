/// How much memory a configuration may come to need: the sum of what is bounded.
public enum MemoryNeed {
  /// Bytes that bodies of requests may take together: four of the largest at least, each a client's share.
  public static func bodies(_ configuration: Configuration) -> Int {
    max(256 << 20, 4 * configuration.maxBodyBytes)
  }

  /// Bytes of all sessions' histories.
  public static let sessions = 512 << 20

  /// Bytes of all sessions' images: of eight sessions that have as many as one may.
  public static let images = 256 << 20

  /// Bytes of each connection beside its header: what it has in the libraries, and what of a response or a message may
  /// wait without being counted.
  private static let connection = 32 << 10
  /// Code, threads, event loops, pages and documents.
  private static let fixed = 64 << 20

  /// Bytes of everything together.
  public static func bytes(for configuration: Configuration) -> Int {
    parts(of: configuration).reduce(0) { $0 + $1.bytes }
  }

  /// What it is made of.
  package static func parts(of configuration: Configuration) -> [(name: String, bytes: Int)] {
    [
      ("bodies", bodies(configuration)), ("unsent", configuration.maxUnsentBytes), ("sessions", sessions),
      ("images", images),
      ("connections", configuration.maxConnections * (configuration.maxHeaderBytes + connection)),
      ("the rest", fixed),
    ]
  }
}
