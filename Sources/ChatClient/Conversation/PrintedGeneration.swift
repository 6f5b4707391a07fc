/// A generation as far as it was printed.
struct PrintedGeneration: Equatable {
  /// The message of its turn; nil if that was somebody else's, in the same session.
  let question: String?
  /// Its id; nil until the gateway has said it.
  var id: String?
  /// The number of the last event that was seen.
  private(set) var lastNumber = 0
  /// Bytes that were printed.
  private(set) var byteCount = 0
  /// Whether nothing was left out.
  private var isComplete = true
  /// The last of the bytes that were printed, to know the generation's message by in a history.
  private var tail: [UInt8] = []

  private static let tailBytes = 64

  init(question: String?, id: String? = nil) {
    self.question = question
    self.id = id
  }

  /// Whether the last that was shown of it was a thought, and its line has no end.
  var thinksWithinLine = false

  /// What was said of its wait last.
  var place: String?

  /// Whether nothing of it was seen.
  var isUntouched: Bool { lastNumber == 0 }
  /// Whether the last line that was printed has no end.
  var endsWithinLine: Bool { tail.last.map { $0 != UInt8(ascii: "\n") } ?? false }

  /// The next piece was printed.
  mutating func append(_ text: String, number: Int) {
    saw(number)
    append(text.utf8)
  }

  /// The next piece was a thought, and no part of the text.
  mutating func think(_ text: String, number: Int) {
    saw(number)
    if let last = text.utf8.last { thinksWithinLine = last != UInt8(ascii: "\n") }
  }

  private mutating func saw(_ number: Int) {
    if number != lastNumber + 1 { isComplete = false }
    lastNumber = number
  }

  /// What stood in the whole text after that which was printed was printed too.
  mutating func append(_ bytes: some BidirectionalCollection<UInt8>) {
    byteCount += bytes.count
    tail.append(contentsOf: bytes.suffix(Self.tailBytes))
    if tail.count > Self.tailBytes { tail.removeFirst(tail.count - Self.tailBytes) }
  }

  /// The part of the whole text that was not printed yet.
  ///
  /// - Returns: nil if it is the text of another generation.
  func rest(of text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    guard isComplete, bytes.count >= byteCount else { return nil }
    guard bytes[..<byteCount].suffix(tail.count) == tail[...] else { return nil }
    return Array(bytes[byteCount...])
  }
}
