internal import Handling
internal import JSON
internal import Sessions

extension PiecewiseJSON {
  /// Messages between what comes before and behind them.
  ///
  /// - Parameter kept: kept as long as the document is.
  static func messages(
    _ messages: [Message], keeping kept: AnyObject?, head: @escaping (inout JSONWriter) -> Void,
    tail: @escaping (inout JSONWriter) -> Void
  ) -> PiecewiseJSON {
    var rest = messages[...]
    var hasBegun = false
    /// One whose texts are being written, and the text that comes then.
    var open: (message: Message, thinking: String?)?
    return PiecewiseJSON { writer in
      _ = kept
      guard hasBegun else {
        hasBegun = true
        head(&writer)
        return .more
      }
      if let (message, thinking) = open.take() {
        guard let thinking else {
          message.encodeEnd(into: &writer)
          return .more
        }
        open = (message, nil)
        writer.framing(#"","thinking":""#)
        return .text(.string(thinking))
      }
      guard let message = rest.popFirst() else {
        tail(&writer)
        return .end
      }
      if rest.startIndex > messages.startIndex + 1 { writer.framing(",") }
      guard message.textBytes > longText else {
        message.encode(into: &writer)
        return .more
      }
      open = (message, message.thinking)
      message.encodeBeginning(into: &writer)
      return .text(.string(message.content))
    }
  }
}
