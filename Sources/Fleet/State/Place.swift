/// A server that a request could go to, and what that costs.
struct Place: Sendable {
  var server: Int
  /// -1 where the server has no record of such an instance yet, or needs none.
  var instance: Int
  /// -1 where the server has not told of the model.
  var weights: Int
  /// Seconds until a slot is free.
  var wait = 0.0
  /// Seconds until the model is in memory.
  var load = 0.0
  /// Seconds until the prompt is read.
  var prefill = 0.0
  /// All of them, and what others pay for it, in seconds.
  var cost = 0.0
  /// Tokens of the prompt that should be in the server's cache.
  var cached = 0
  /// Whether a load has yet to begin.
  var needsLoad = false
  /// Whether the request is sent whatever else is there: no slots are known.
  var isUngated = false
  /// Whether all that could take it are ill: see ``FleetScheduler/mayResort(to:at:)``.
  var isLastResort = false
}
