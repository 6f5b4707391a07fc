/// Why there is no connection.
struct ChatLinkError: Error, Equatable {
  let reason: String
  /// Whether another try would end the same way.
  var isFinal = false
}
