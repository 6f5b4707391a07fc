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
    /// One whose content is being written.
    var open: Message?
    return PiecewiseJSON { writer in
      _ = kept
      guard hasBegun else {
        hasBegun = true
        head(&writer)
        return .more
      }
      if let message = open.take() {
        message.encodeEnd(into: &writer)
        return .more
      }
      guard let message = rest.popFirst() else {
        tail(&writer)
        return .end
      }
      if rest.startIndex > messages.startIndex + 1 { writer.framing(",") }
      guard message.content.utf8.count > longText else {
        message.encode(into: &writer)
        return .more
      }
      open = message
      message.encodeBeginning(into: &writer)
      return .text(.string(message.content))
    }
  }
}
