package import Handling

/// The chat API's messages, and what there is to chat with. Lives on its worker's loop.
package final class ChatEndpoints: RouteCollection {
  package let context: WorkerContext
  /// The models that can chat, which WebSockets offer as well.
  package let models: ChatModelList

  private static let failures = RequestFailure.generationStatuses + [413, 415, 422, 429]

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) {
    self.context = context
    models = ChatModelList(context)
  }

  package var routes: [Route] {
    let failures = ChatEndpoints.failures
    return [
      Route("/api/v1/chat", .post(.chat, .message("chat"), failures: failures, message(.message))),
      Route(
        "/api/v1/chat/message",
        .post(.chat, .message("chatMessage"), failures: failures, message(.message))),
      Route(
        "/api/v1/chat/send",
        .post(
          .chat, .message("chatSend", "Say something short in a session", takes: "ShortChatRequest"),
          failures: failures, message(.send))),
      Route(
        "/api/v1/chat/simple",
        .post(
          .chat, .message("chatSimple", responds: "SimpleChatResponse", "chat.simple"),
          failures: failures,
          message(.simple))),
      Route(
        "/api/v1/simple_chat",
        .post(
          .chat, .message("simpleChat", responds: "SimpleChatResponse", "chat.simple"),
          failures: failures,
          message(.simple))),
      Route(
        "/api/v1/models",
        .get(
          .chatModels,
          Operation(
            "listModelNames", .chat, "List the names of the models that can chat",
            .ok(
              "The models that the Ollama has, but for those that can only embed.",
              .json("ModelNames", "chat.modelNames"))),
          failures: [502, 504], task(listModelNames))),
      Route(
        "/api/v1/chat/models",
        .get(
          .chatModels,
          Operation(
            "listChatModels", .chat, "List the models that can chat",
            .ok(
              "The models that the Ollama has, but for those that can only embed.",
              .json("ChatModels", "chat.models"))),
          failures: [502, 504], task(listModels))),
      Route(
        "/api/v1/chat/health",
        .get(
          .anyScope,
          Operation(
            "chatHealth", .chat, "How the Ollama is",
            .ok("In any case: `status` tells.", .json("ChatHealth", "chat.health"))),
          task(reportHealth))),
    ]
  }

  private func message(_ variant: ChatVariant) -> Handler {
    Handler(traits: [.makesContent, .hasNoTimeLimit]) { [self] request throws(RequestFailure) in
      try receive(request, variant)
    }
  }
}

/// The paths of the chat API that take a message.
enum ChatVariant: Sendable {
  case message
  /// It bounds the message.
  case send
  /// It responds in one piece, in the first system's short form.
  case simple
}

extension Operation {
  /// A message to a session.
  fileprivate static func message(
    _ id: String, _ summary: String = "Say something in a session", takes schema: String = "ChatRequest"
  ) -> Operation {
    Operation(
      id, .chat, summary,
      details: """
        The session's earlier messages go along as context, the newest first until the context is full. Turns of one \
        session run one after the other, in the order of their arrival.

        With `"stream": true` the answer comes as events while it is generated: as server-sent events, whose `id` is \
        `GENERATION:SEQ`, or as lines of JSON for `Accept: application/x-ndjson`. A silent stream sends the comment `: ping`, \
        or the line `{"type":"ping"}`. One that fails ends with an `error` event. A client that loses its connection goes on by \
        `GET /api/v1/chat/sessions/{id}/stream`.
        """,
      parameters: [.sessionToken], body: [.json(schema, "chat.question", "chat.stream")],
      .ok(
        "The answer.", .json("ChatResponse", "chat.answer"), .events("ChatEvent", "chat.events"),
        .lines("ChatEvent", "chat.lines")))
  }

  /// The same in the first system's short form.
  fileprivate static func message(
    _ id: String, responds schema: String, _ example: String
  ) -> Operation {
    Operation(
      id, .chat, "Say something in a session, and get a short answer",
      details: """
        As `POST /api/v1/chat`, but always answered in one piece: what `stream` says does not count.
        """,
      parameters: [.sessionToken], body: [.json("ChatRequest", "chat.question")],
      .ok("The answer.", .json(schema, example)))
  }
}
