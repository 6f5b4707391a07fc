public import JSON

/// The body of a request to Ollama's `POST /api/chat`.
public struct ChatRequest: Equatable, Sendable {
  /// The model that shall generate the next message.
  public var model: String
  /// The system prompt, which goes before all messages.
  public var system: String?
  /// The talk so far, the oldest message first.
  public var messages: [ChatMessage]
  /// What the model is to heed.
  public var options: ChatOptions
  /// nil leaves it to the model.
  public var think: ChatThink?
  /// nil is any.
  public var format: ChatFormat?
  /// Whether the response shall come as NDJSON, a chunk a token.
  public var stream: Bool

  /// A request: see the properties.
  public init(
    model: String, system: String? = nil, messages: [ChatMessage], options: ChatOptions = ChatOptions(),
    think: ChatThink? = nil, format: ChatFormat? = nil, stream: Bool = true
  ) {
    self.model = model
    self.system = system
    self.messages = messages
    self.options = options
    self.think = think
    self.format = format
    self.stream = stream
  }

  /// Writes the request as `POST /api/chat` takes it.
  public func encode(into writer: inout JSONWriter) {
    encode(into: &writer) { writer, image in writer.base64(image) }
  }

  /// - Parameter writeImage: writes a string for an image.
  func encode(into writer: inout JSONWriter, writeImage: (inout JSONWriter, [UInt8]) -> Void) {
    writer.object { writer in
      writer.member("model", model)
      writer.key("messages")
      writer.array { writer in
        if let system { Self.encode(ChatMessage(role: .system, content: system), into: &writer, writeImage) }
        for message in messages { Self.encode(message, into: &writer, writeImage) }
      }
      if !options.isEmpty {
        writer.key("options")
        options.encode(into: &writer)
      }
      if let think {
        writer.key("think")
        think.encode(into: &writer)
      }
      if let format {
        writer.key("format")
        writer.value(json: format.json)
      }
      // Always sent: Ollama streams when it is absent.
      writer.member("stream", stream)
    }
  }

  private static func encode(
    _ message: ChatMessage, into writer: inout JSONWriter, _ writeImage: (inout JSONWriter, [UInt8]) -> Void
  ) {
    writer.object { writer in
      writer.member("role", message.role.rawValue)
      writer.member("content", message.content)
      guard !message.images.isEmpty else { return }
      writer.key("images")
      writer.array { writer in for image in message.images { writeImage(&writer, image) } }
    }
  }
}
