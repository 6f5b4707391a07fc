internal import JSON

/// The messages that carry pieces of an answer, and of what the model thinks before it, over WebSockets and over HTTP alike. They are written for each token: so
/// what is the same in all of them is written in one piece, and not member by member.
enum StreamChunk {
  /// - Parameter isLast: whether it says that the answer is complete; then it has no content.
  static func write(
    _ content: UnsafeRawBufferPointer, isLast: Bool, number: Int, into writer: inout JSONWriter
  ) {
    writer.framing(#"{"type":"stream_chunk","content":"#)
    writer.string(utf8: content)
    writer.framing(isLast ? #","done":true,"seq":"# : #","done":false,"seq":"#)
    writer.integer(number)
    writer.framing("}")
  }

  static func write(thinking content: UnsafeRawBufferPointer, number: Int, into writer: inout JSONWriter) {
    writer.framing(#"{"type":"thinking_chunk","content":"#)
    writer.string(utf8: content)
    writer.framing(#","seq":"#)
    writer.integer(number)
    writer.framing("}")
  }
}
