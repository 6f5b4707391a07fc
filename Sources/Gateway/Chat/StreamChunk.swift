internal import JSON

/// The message that carries a piece of an answer, over WebSockets and over HTTP alike. It is written for each token: so
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
}
