/// Why a document was refused. It never holds anything of the document, so it may be logged and shown.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The cause in one English sentence, for a log line or the `detail` of a response.
  public let message: String

  /// The byte where reading stopped, counted from 0, when the reader knows it.
  public let offset: Int?

  /// - Parameters:
  ///   - message: one sentence without its end.
  ///   - offset: in bytes, where it is known.
  public init(message: String, offset: Int? = nil) {
    self.message = message
    self.offset = offset
  }

  /// The message, and the place where it is known.
  public var description: String {
    guard let offset else { return message }
    return "\(message) (at byte \(offset))"
  }
}
