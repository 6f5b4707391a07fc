/// Of a request that names no conversation: its prompt's beginnings, and the servers that have them.
struct PromptRecord: Sendable {
  /// The longest beginning that a server has.
  struct Home: Sendable {
    var server: Int
    var instance: Int
    var epoch: UInt32
    /// Tokens of it, in the measure of the request's own estimate.
    var tokens: Int
  }

  /// See ``PromptChain/blocks``.
  var blocks: [UInt64] = []
  /// Each server once.
  var homes: [Home] = []
  /// Whether none of them has had the turn before: what they have is what other conversations begin with as well.
  var isNew = true
}
