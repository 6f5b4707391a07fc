/// Where something is of what a key asks of a model, as it was seen last: others may be there by now.
struct FlowPlaces: Equatable, Sendable {
  /// The account of the limits that are the key's own.
  var limits: AccountPlace?
  /// The hour in the ``UsageBook``.
  var hour = -1
}
