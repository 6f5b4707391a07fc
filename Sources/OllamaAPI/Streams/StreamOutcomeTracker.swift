public import JSON

/// Follows a relayed stream and keeps its last complete event, to tell at its end how it ended.
///
/// Costs one pass over the bytes and one copy of each event, and keeps 64 KiB at most of an event of any size.
public struct StreamOutcomeTracker {
  public let kind: StreamKind

  private var scanner: EventBoundaryScanner
  /// The event before ``last``: where the mark of the end says nothing of the usage, this one may.
  private var beforeLast = BoundedEvent()
  private var last = BoundedEvent()
  private var current = BoundedEvent()

  public init(kind: StreamKind) {
    self.kind = kind
    scanner = EventBoundaryScanner(framing: kind.framing)
  }

  /// Whether the stream so far ends with the end of an event, so that something may be put after it.
  public var isAtBoundary: Bool { scanner.isAtBoundary }

  /// Takes the next piece of the stream, cut anywhere. Answers how many of its bytes belong to events that are
  /// complete, as ``EventBoundaryScanner/scan(_:)`` does: the rest may be held back.
  public mutating func note(_ piece: UnsafeRawBufferPointer) -> Int {
    var start = 0
    while let end = scanner.nextBoundary(in: piece, from: start) {
      current.append(UnsafeRawBufferPointer(rebasing: piece[start..<end]))
      completeEvent()
      start = end
    }
    current.append(UnsafeRawBufferPointer(rebasing: piece[start...]))
    return start
  }

  /// How the stream ended, if this was all of it, and what it cost where the last line of it says so.
  ///
  /// A last event that lacks its line's end counts if it makes sense, as the peer that closed after it meant it to.
  /// Else the last complete one counts: what follows a mark of success was never part of the answer.
  public func outcome(reader: JSONReader) -> (outcome: StreamOutcome, usage: TokenUsage?) {
    for event in [current, last] where !event.isEmpty {
      let ending = event.withBytes {
        StreamEnding(of: $0, kind: kind, isWhole: event.isWhole, reader: reader)
      }
      if ending.outcome != .unmarked {
        return (ending.outcome, ending.usage ?? usageBeforeEnd(reader: reader))
      }
    }
    return (.unmarked, nil)
  }

  /// OpenAI's usage comes before `[DONE]`, Anthropic's with `message_delta` before `message_stop`.
  private func usageBeforeEnd(reader: JSONReader) -> TokenUsage? {
    guard kind == .openAICompletion || kind == .anthropicMessage else { return nil }
    // A mark that lacks its line's end has not become the last event yet.
    let event = current.isEmpty ? beforeLast : last
    guard !event.isEmpty, event.isWhole else { return nil }
    return event.withBytes { StreamEnding(of: $0, kind: kind, isWhole: true, reader: reader).usage }
  }

  /// Blank lines and comments (heartbeats) are no events: the one before stays the last.
  private mutating func completeEvent() {
    let isEvent = current.withBytes { bytes in
      guard let first = bytes.first(where: { $0 != 0x0A && $0 != 0x0D }) else { return false }
      return kind.framing == .ndjson || first != UInt8(ascii: ":") || bytes.hasFieldAfterComment
    }
    if isEvent {
      swap(&beforeLast, &last)
      swap(&last, &current)
    }
    current.removeAll()
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
