/// How long the parts of a generation took, from the last line of Ollama's response: in nanoseconds, from 0 to ``maximum``. What the
/// whole took beyond the parts is the wait for a slot of the model.
public struct GenerationDurations: Equatable, Sendable {
  /// From the request to its end.
  public let total: Int
  /// For the model to be loaded, the wait for other loads included.
  public let load: Int
  /// For the prompt to be read: what was in the cache takes none.
  public let promptEval: Int
  /// For the tokens to be made.
  public let eval: Int

  /// A hundred days: more is not believed, so that sums of many have room.
  public static let maximum = 100 * 86_400 * 1_000_000_000

  /// Each is bounded.
  public init(total: Int, load: Int, promptEval: Int, eval: Int) {
    self.total = GenerationDurations.bounded(total)
    self.load = GenerationDurations.bounded(load)
    self.promptEval = GenerationDurations.bounded(promptEval)
    self.eval = GenerationDurations.bounded(eval)
  }

  private static func bounded(_ nanoseconds: Int) -> Int { min(max(0, nanoseconds), maximum) }
}
