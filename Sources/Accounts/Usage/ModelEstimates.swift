internal import HTTPFields

/// A model as ``TokenEstimates`` know it: by the bytes of its canonical name.
struct ModelKey: Hashable, Sendable {
  let name: String

  static func == (left: ModelKey, right: ModelKey) -> Bool { left.name.hasSameBytes(as: right.name) }
  func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: name) }
}

/// What is known of a model.
///
/// `@unchecked Sendable`, as it belongs to the ``TokenEstimates`` that made it, which are part of a lock's value: nobody looks into it without
/// that lock.
final class ModelEstimates: @unchecked Sendable {
  // What is taken for a token, and for an image, of a model of which nothing is known.
  private static let firstBytes = 4.0
  private static let firstImage = 1024.0

  /// Where it is known; nil once it is forgotten.
  var place: TablePlace?
  /// Bytes and tokens of texts, of which older ones count less and less: a long text says more than a short one, of which most is
  /// the model's own template.
  private var bytes = firstBytes * 64
  private var tokens = 64.0
  /// Tokens of an image.
  private(set) var image = firstImage
  /// Whether it has said something.
  var hasResponded = false
  /// Tokens of a response in a second, as Ollama tells its time; nil where it has not.
  private(set) var rate: Double?

  var bytesPerToken: Double { min(max(bytes / max(tokens, 1), 0.5), 16) }

  func learn(_ usage: Usage, of demand: Demand) {
    learnRate(usage)
    let input = usage.inputTokens
    guard input > 0 else { return }
    if demand.images > 0 {
      let images = Double(input) - Double(demand.textBytes) / bytesPerToken
      image += 0.2 * (min(max(images / Double(demand.images), 16), 16_384) - image)
    } else if demand.textBytes > 0 {
      bytes = bytes * 0.95 + Double(demand.textBytes)
      tokens = tokens * 0.95 + Double(input)
    }
  }

  /// Where Ollama does not tell its times, that of the prompt is missing, and the other is the whole request's. Of a few tokens it says
  /// little.
  private func learnRate(_ usage: Usage) {
    guard usage.outputTokens >= 4, usage.promptMicroseconds > 0, usage.evalMicroseconds > 0 else { return }
    let new = min(Double(usage.outputTokens) * 1e6 / Double(usage.evalMicroseconds), 100_000)
    rate = rate.map { $0 + 0.2 * (new - $0) } ?? new
  }
}
