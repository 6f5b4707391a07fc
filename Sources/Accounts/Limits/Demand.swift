/// What a request asks for, as far as its text says. What that comes to in tokens is estimated by ``AccessControl``.
package struct Demand: Equatable, Sendable {
  /// Bytes of the prompt's text alone.
  package var textBytes: Int
  /// Images of the prompt.
  package var images: Int
  /// The most tokens that the client wants (`num_predict`, `max_tokens`); nil where it does not say, or wants no end; 0 of an
  /// embedding.
  package var askedOutput: Int?
  /// Whether the response is a stream, which is one of `streams` until it ends.
  package var isStream: Bool

  /// What is negative is nothing, of `askedOutput` no end.
  package init(textBytes: Int, images: Int = 0, askedOutput: Int? = nil, isStream: Bool = false) {
    self.textBytes = min(max(textBytes, 0), 1 << 40)
    self.images = min(max(images, 0), 1 << 20)
    self.askedOutput = askedOutput.flatMap { $0 < 0 ? nil : $0 }
    self.isStream = isStream
  }

  /// The same with more of a prompt; what is negative is nothing.
  func adding(textBytes more: Int, images moreImages: Int) -> Demand {
    Demand(
      textBytes: textBytes + min(max(more, 0), 1 << 40), images: images + min(max(moreImages, 0), 1 << 20),
      askedOutput: askedOutput, isStream: isStream)
  }
}
