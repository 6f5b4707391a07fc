internal import JSON
internal import System

/// Lines of the gateway's own in a stream of Ollama's.
enum OllamaLine {
  /// A line of `/api/chat` or `/api/generate` as Ollama sends it for each token, with no text: to clients it says nothing, and proxies
  /// see that the stream lives.
  static func withoutText(model: String, isChat: Bool) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 160)
    writer.object { writer in
      writer.member("model", model)
      writer.member("created_at", Timestamp.now.iso8601)
      if isChat {
        writer.key("message")
        writer.object { writer in
          writer.member("role", "assistant")
          writer.member("content", "")
        }
      } else {
        writer.member("response", "")
      }
      writer.member("done", false)
    }
    writer.framing("\n")
    return writer.take()
  }
}
