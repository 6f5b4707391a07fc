public import JSON

/// What one line of a streamed `/api/chat` response, or the whole of one that is not streamed, turned out to be.
public enum ChatChunk: Equatable, Sendable {
  /// Text, which the decoder's closures got; it may be empty.
  case text
  /// The last line. Its text, if any, went to the closure first.
  case end(ChatEnd)
  /// Ollama gave up; the message is its own. This comes with status 200 once a stream has begun.
  case failure(String)

  /// Decodes one line and lends what the model thinks to `thinking`, then its text to `content`. Each is called once at
  /// most and never with nothing. The bytes are valid UTF-8 and end with the call. `tool_calls` are left aside.
  ///
  /// - Throws: when the line is no JSON, or neither text, end nor error.
  public static func decode(
    _ line: UnsafeRawBufferPointer, reader: JSONReader,
    thinking: (UnsafeRawBufferPointer) -> Void = { _ in }, content: (UnsafeRawBufferPointer) -> Void
  ) throws(ResponseError) -> ChatChunk {
    try reader.withDocument(line) { (root) throws(ResponseError) in
      if let error = root.present("error") { return .failure(error.errorMessage) }
      let isDone = root["done"]?.bool == true
      let message = root.present("message")
      guard isDone || message?.kind == .object else { throw .missing("message") }
      let text = message?["content"]
      // One that does not think has its role and its content, and is not searched for more.
      if let message, message.count > 2 || text?.kind == nil {
        _ = message["thinking"]?.withUTF8 { text in
          if !text.isEmpty { thinking(text) }
        }
      }
      _ = text?.withUTF8 { text in
        if !text.isEmpty { content(text) }
      }
      return isDone ? .end(ChatEnd(root)) : .text
    }
  }
}
