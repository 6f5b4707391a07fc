import JSON
import Sessions
import System

extension StoredSession {
  /// As a line of an export.
  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "session")
      writer.member("key", key.description)
      if let id = key.sessionID { writer.member("session_id", id.description) }
      writer.member("owner", owner)
      writer.member("title", title)
      writer.member("created_at", createdAt.iso8601)
      writer.member("updated_at", updatedAt.iso8601)
      writer.member("message_count", messageCount)
    }
  }
}

extension StoredMessage {
  /// As a line of an export: with the members that a message has in the history of the chat API.
  func encode(in key: StoreKey, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "message")
      writer.member("key", key.description)
      writer.member("number", message.number)
      writer.member("role", message.isFromUser ? "user" : "assistant")
      writer.member("content", message.content)
      if let thinking = message.thinking { writer.member("thinking", thinking) }
      writer.member("timestamp", message.timestamp.iso8601)
      switch message.author {
      case .user(let user): writer.member("user_id", user)
      case .assistant(let model): writer.member("model", model)
      }
      switch message.state {
      case .whole: break
      case .failed: writer.member("failed", true)
      case .interrupted: writer.member("interrupted", true)
      case .cancelled: writer.member("cancelled", true)
      }
      if !message.images.isEmpty {
        writer.key("images")
        writer.array { writer in for image in message.images { writer.string(image.description) } }
      }
      if let usage = message.usage { Self.encode(usage, into: &writer) }
    }
  }

  private static func encode(_ usage: GenerationUsage, into writer: inout JSONWriter) {
    writer.key("usage")
    writer.object { writer in
      writer.member("prompt_tokens", usage.promptTokens)
      writer.member("completion_tokens", usage.completionTokens)
    }
    if let duration = usage.timeToFirstToken {
      writer.member("time_to_first_token", duration.seconds)
    }
    if let duration = usage.duration { writer.member("response_time", duration.seconds) }
  }
}

extension Duration {
  /// As the chat API has it: to the millisecond.
  fileprivate var seconds: Double { milliseconds.rounded() / 1000 }
}

extension StoredImage {
  /// As a line of an export, in base 64.
  func encode(in key: StoreKey, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "image")
      writer.member("key", key.description)
      writer.member("name", digest.description)
      writer.member("media_type", mediaType.rawValue)
      writer.key("data")
      writer.base64(bytes)
    }
  }
}
