/// Something for the log about where servers are.
enum DiscoveryNote: Sendable, Equatable {
  /// DNS does not say it, or the file cannot be used: what was known stays.
  case lost(String, reason: String, staying: Int)
  /// The end of that.
  case foundAgain(String)
}
