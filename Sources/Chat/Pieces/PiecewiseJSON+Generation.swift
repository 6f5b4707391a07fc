internal import Handling
internal import JSON
internal import Sessions

extension PiecewiseJSON {
  /// The text of a generation, and what the model has thought, between what comes before and behind them. They are read from
  /// the log as they are written: no copy of them waits for the client.
  ///
  /// - Parameters:
  ///   - withThinking: whether there is a member `thinking`, where the model has thought.
  ///   - head: writes up to the key of the text.
  ///   - tail: writes the members that follow, and the end.
  static func generation(
    _ log: EventLog, withThinking: Bool, head: @escaping (inout JSONWriter) -> Void,
    tail: @escaping (inout JSONWriter) -> Void
  ) -> PiecewiseJSON {
    let hasThinking = withThinking && log.thinkingBytes > 0
    var step = 0
    return PiecewiseJSON { writer in
      step += 1
      switch step {
      case 1:
        head(&writer)
        writer.framing("\"")
        return .more
      case 2: return .text(.log(log, .content))
      case 3 where hasThinking:
        writer.framing(#"","thinking":""#)
        return .text(.log(log, .thinking))
      default:
        writer.framing("\",")
        tail(&writer)
        return .end
      }
    }
  }
}
