/// The body of a response that a ``TestClient`` reads piece by piece.
struct StreamedBody {
  var head: TestClient.Response?
  var hasEnded = false
  /// Whether ``chunks`` is filled: a reader of lines or bytes has no use for them.
  var keepsChunks = false
  /// Chunks that are whole and that nobody has taken.
  var chunks: [[UInt8]] = []
  /// Bytes that were received and are not yet part of a line that was taken.
  var unreadLines: [UInt8] = []
  var events = EventParser()
  private var chunk: [UInt8] = []
  /// Up to where a line feed has been looked for.
  private var searched = 0

  mutating func add(_ bytes: [UInt8], isChunked: Bool) {
    if isChunked, keepsChunks { chunk += bytes }
  }

  mutating func endChunk() {
    if keepsChunks { chunks.append(chunk) }
    chunk = []
  }

  mutating func takeLine() -> String? {
    guard let feed = unreadLines[searched...].firstIndex(of: 0x0a) else {
      searched = unreadLines.count
      return nil
    }
    let line = String(decoding: unreadLines[..<feed], as: UTF8.self)
    unreadLines.removeFirst(feed + 1)
    searched = 0
    return line
  }

  mutating func takeRest() -> String? {
    guard !unreadLines.isEmpty else { return nil }
    defer {
      unreadLines = []
      searched = 0
    }
    return String(decoding: unreadLines, as: UTF8.self)
  }
}
