internal import Handling
internal import JSON

/// A document that a WebSocket is sent in fragments as it has room, and the messages that have to wait for its end. There
/// is one only while a document is under way. Lives on its worker's loop.
final class FragmentedMessages {
  /// What is sent, in its order.
  enum Message {
    case text([UInt8])
    case binary([UInt8])
    case document(PiecewiseJSON)
  }

  private var document: PiecewiseJSON
  private var hasBegun = false
  private var waiting: [Message] = []
  /// Bytes of the messages that wait.
  private(set) var waitingBytes = 0
  private var writer = JSONWriter()

  /// A document of up to so many bytes is one frame, a longer one has such fragments.
  private static let fragmentBytes = 64 * 1024

  init(_ document: PiecewiseJSON) { self.document = document }

  /// Calls `body` with the document's next fragment.
  ///
  /// - Returns: whether it is the last.
  func nextFragment(_ body: (UnsafeRawBufferPointer, _ isFirst: Bool, _ isLast: Bool) -> Void) -> Bool {
    var hasMore = true
    while hasMore && writer.bytes.count < FragmentedMessages.fragmentBytes {
      hasMore = document.write(into: &writer)
    }
    let isFirst = !hasBegun
    hasBegun = true
    writer.bytes.withUnsafeBytes { body($0, isFirst, !hasMore) }
    writer.reset()
    return !hasMore
  }

  /// Lets a message wait.
  func hold(_ message: Message) {
    switch message {
    case .text(let bytes), .binary(let bytes): waitingBytes += bytes.count
    case .document: break
    }
    waiting.append(message)
  }

  /// The document is sent: the next one begins, if any waits. The messages before it are `body`'s.
  ///
  /// - Returns: whether there is another document.
  func documentDidEnd(_ body: (Message) -> Void) -> Bool {
    for (index, message) in waiting.enumerated() {
      if case .document(let document) = message {
        waiting.removeFirst(index + 1)
        self.document = document
        hasBegun = false
        return true
      }
      if case .text(let bytes) = message { waitingBytes -= bytes.count }
      if case .binary(let bytes) = message { waitingBytes -= bytes.count }
      body(message)
    }
    waiting = []
    return false
  }
}
