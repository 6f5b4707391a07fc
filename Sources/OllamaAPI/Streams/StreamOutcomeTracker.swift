public import JSON

/// Follows a relayed stream and keeps its last complete event, to tell at its end how it ended. A mark of success that
/// was seen stays seen, whatever follows.
///
/// Costs two passes over the bytes and one copy of each event, and keeps 64 KiB at most of an event of any size.
public struct StreamOutcomeTracker {
  /// What the stream's events look like.
  public let kind: StreamKind

  private var scanner: EventBoundaryScanner
  /// The event before ``last``: where the mark of the end says nothing of the usage, this one may.
  private var beforeLast = BoundedEvent()
  private var last = BoundedEvent()
  private var current = BoundedEvent()
  /// Events that are complete.
  private var eventCount = 0
  /// That of the mark of success, once it has come.
  private var success: StreamEnding?

  /// - Parameter kind: what the stream's events look like.
  public init(kind: StreamKind) {
    self.kind = kind
    scanner = EventBoundaryScanner(framing: kind.framing)
  }

  /// Whether the stream so far ends with the end of an event, so that something may be put after it.
  public var isAtBoundary: Bool { scanner.isAtBoundary }

  /// Takes the next piece of the stream, cut anywhere. The bytes behind its last complete event may be held
  /// back.
  ///
  /// - Returns: how many of its bytes belong to events that are complete.
  public mutating func note(_ piece: UnsafeRawBufferPointer, reader: JSONReader) -> Int {
    var start = 0
    while let end = scanner.nextBoundary(in: piece, from: start) {
      current.append(UnsafeRawBufferPointer(rebasing: piece[start..<end]))
      completeEvent(reader: reader)
      start = end
    }
    current.append(UnsafeRawBufferPointer(rebasing: piece[start...]))
    return start
  }

  /// How the stream ended, if this was all of it, and what it cost where the last line of it says so.
  ///
  /// A last event that lacks its line's end counts if it makes sense, as the peer that closed after it meant it to.
  /// Else the last complete one counts, or an error before it: that need not be told again.
  public func outcome(reader: JSONReader) -> (outcome: StreamOutcome, usage: TokenUsage?) {
    if let success { return (success.outcome, success.usage) }
    // A mark that lacks its line's end has not become the last event yet.
    for (event, before) in [(current, last), (last, beforeLast), (beforeLast, BoundedEvent())]
    where !event.isEmpty {
      let ending = ending(of: event, reader: reader)
      if ending.outcome != .unmarked {
        return (ending.outcome, ending.usage ?? usage(before: before, reader: reader))
      }
    }
    return (.unmarked, nil)
  }

  /// What the model has said so far, in tokens, of a stream of which nobody tells: Ollama sends an event for each, behind those with
  /// which a stream of the kind begins.
  public var tokenCount: Int {
    // One with the reason of the end, and the mark: others that are whole tell what they cost.
    let trailing = success != nil && kind == .openAICompletion ? 2 : 0
    return max(0, eventCount - kind.leadingEvents - trailing)
  }

  /// What the next event of a stream has for its `sequence_number`, as those of `/v1/responses` have: one more than the last.
  public func nextSequenceNumber(reader: JSONReader) -> Int {
    let number = last.withBytes { bytes in
      bytes.number(of: #""sequence_number""#)
    }
    return number.map { min($0, Int.max - 1) + 1 } ?? 0
  }

  private func ending(of event: BoundedEvent, reader: JSONReader) -> StreamEnding {
    event.withBytes { StreamEnding(of: $0, kind: kind, isWhole: event.isWhole, reader: reader) }
  }

  /// OpenAI's usage comes before `[DONE]`, Anthropic's with `message_delta` before `message_stop`.
  private func usage(before end: BoundedEvent, reader: JSONReader) -> TokenUsage? {
    guard kind == .openAICompletion || kind == .anthropicMessage, !end.isEmpty else { return nil }
    return ending(of: end, reader: reader).usage
  }

  /// Blank lines and comments (heartbeats) are no events: the one before stays the last.
  private mutating func completeEvent(reader: JSONReader) {
    let kind = kind
    let (isEvent, mayBeMark) = current.withBytes { bytes in
      guard let first = bytes.first(where: { $0 != 0x0A && $0 != 0x0D }) else { return (false, false) }
      let isEvent = kind.framing == .ndjson || first != UInt8(ascii: ":") || bytes.hasFieldAfterComment
      return (isEvent, isEvent && StreamEnding.mayBeMark(bytes, kind: kind))
    }
    if isEvent {
      if mayBeMark && success == nil { noteMark(reader: reader) }
      eventCount &+= 1
      swap(&beforeLast, &last)
      swap(&last, &current)
    }
    current.removeAll()
  }

  private mutating func noteMark(reader: JSONReader) {
    var ending = ending(of: current, reader: reader)
    guard ending.outcome == .success else { return }
    ending.takeUsage(usage(before: last, reader: reader))
    success = ending
  }
}

extension UnsafeRawBufferPointer {
  /// Whether an SSE event that begins with a comment has a line that is none.
  fileprivate var hasFieldAfterComment: Bool {
    var index = 0
    while index < count {
      let byte = self[index]
      if byte == UInt8(ascii: ":") {
        index = firstLineEnd(from: index)
      } else if byte == 0x0A || byte == 0x0D {
        index += 1
      } else {
        return true
      }
    }
    return false
  }
}
