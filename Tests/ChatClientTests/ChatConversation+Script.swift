@testable import ChatClient

/// A conversation that has joined session `s`, with an input that is a pipe, and what came of the last event.
func joined(generation: String? = nil, isInteractive: Bool = false) -> ChatConversation {
  var chat = ChatConversation(session: "s", model: nil, isInteractive: isInteractive)
  _ = chat.start()
  _ = chat.connected()
  _ = chat.received(.connection(session: "s", generation: generation))
  _ = chat.received(.pong(timestamp: "2026-01-01T00:00:00.000Z"))
  return chat
}

extension ChatConversation {
  /// The connection breaks, and another one is made.
  mutating func lose(thenJoin generation: String?) -> [ChatAction] {
    _ = disconnected(ChatLinkError(reason: "cut"))
    _ = connected()
    return received(.connection(session: "s", generation: generation))
  }

  /// Lets several messages come, and takes what is printed.
  mutating func printed(_ messages: ChatServerMessage...) -> String {
    messages.map { received($0).text }.joined()
  }

  /// A message is typed and its generation begins.
  mutating func ask(_ message: String, generation: String = "g") {
    _ = typed(message)
    _ = received(.messageReceived)
    _ = received(.streamStart(generation: generation))
  }
}

extension [ChatAction] {
  /// What goes to standard output.
  var text: String {
    map { action in if case .print(let bytes) = action { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
    .joined()
  }

  /// What is sent.
  var messages: [String] {
    compactMap { action in
      if case .send(let bytes) = action { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }

  var complaints: [String] {
    compactMap { action in if case .complain(let text) = action { text } else { nil } }
  }
}
