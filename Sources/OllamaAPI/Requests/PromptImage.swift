internal import JSON

/// A picture in the body of a request: base 64 of a file that Ollama takes, as it stands in its own API, or behind a
/// `data:image/…;base64,` as in OpenAI's. By its first bytes, as bodies are read once and many are large: a text that begins so
/// counts as one picture.
enum PromptImage {
  /// Smaller pictures count as text, which is no great difference.
  static let strings = JSONMemberScanner.StringClass(minimumBytes: 256, contains: isImage)

  /// PNG, JPEG, WebP (RIFF), GIF. A slash may be escaped.
  private static let beginnings: [StaticString] = ["iVBORw0KGgo", "/9j/", #"\/9j\/"#, "UklGR", "R0lGOD"]
  private static let url: StaticString = "data:image"

  private static func isImage(_ text: UnsafeRawBufferPointer) -> Bool {
    begins(text, with: url) || beginnings.contains { begins(text, with: $0) }
  }

  private static func begins(_ text: UnsafeRawBufferPointer, with beginning: StaticString) -> Bool {
    text.starts(with: UnsafeBufferPointer(start: beginning.utf8Start, count: beginning.utf8CodeUnitCount))
  }
}
