/// The beginning of a session's first message, by which people know it again.
///
/// It is counted in Unicode scalars: what people take for one character may be a letter under a megabyte of accents.
struct SessionTitle {
  /// Scalars of a title.
  private static let scalarLimit = 80
  /// Bytes of a title: no scalar has more than four.
  static let byteLimit = 4 * scalarLimit

  private(set) var text = ""
  /// The number of the message that it was made of.
  private(set) var message: Int?

  init() {}

  /// The one that a store has.
  ///
  /// - Parameter number: of the message that it was made of.
  init(_ text: String, ofMessage number: Int?) {
    self.text = String(text.unicodeScalars.prefix(SessionTitle.scalarLimit))
    message = number
  }

  /// Makes it of a user's message, unless there is one: it stays when the message grows too old to be kept.
  mutating func make(of message: Message) {
    guard self.message == nil else { return }
    self.message = message.number
    text = String(message.content.unicodeScalars.prefix(SessionTitle.scalarLimit))
  }

  /// The messages from this number on were taken back: one of them may be what it was made of.
  mutating func forget(from number: Int) {
    guard let message, message >= number else { return }
    self = SessionTitle()
  }
}
