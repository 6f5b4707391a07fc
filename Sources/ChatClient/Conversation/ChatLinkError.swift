/// Why there is no connection.
struct ChatLinkError: Error, Equatable {
  /// For people, on one line.
  var reason: String
  /// Whether another try would end the same way.
  var isFinal = false
  /// When another try is worth its while, where that was said.
  var retryAfter: Duration?
}
