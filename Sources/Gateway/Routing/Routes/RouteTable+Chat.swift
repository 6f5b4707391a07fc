// The chat API: messages, sessions and WebSockets.
extension RouteTable {
  static let chat = [
    Route("/api/v1/chat", .post(.chat(.message), .message("chat"))),
    Route("/api/v1/chat/message", .post(.chat(.message), .message("chatMessage"))),
    Route(
      "/api/v1/chat/send",
      .post(.chat(.send), .message("chatSend", "Say something short in a session", takes: "ShortChatRequest"))
    ),
    Route(
      "/api/v1/chat/simple",
      .post(.chat(.simple), .message("chatSimple", answers: "SimpleChatResponse", "chat.simple"))),
    Route(
      "/api/v1/simple_chat",
      .post(.chat(.simple), .message("simpleChat", answers: "SimpleChatResponse", "chat.simple"))),
    Route(
      "/api/v1/models",
      .get(
        .modelNames,
        Operation(
          "listModelNames", .chat, "List the names of the models that can chat",
          .ok(
            "The models that the Ollama has, but for those that can only embed.",
            .json("ModelNames", "chat.modelNames"))))),
    Route(
      "/api/v1/chat/models",
      .get(
        .chatModels,
        Operation(
          "listChatModels", .chat, "List the models that can chat",
          .ok(
            "The models that the Ollama has, but for those that can only embed.",
            .json("ChatModels", "chat.models"))))),
    Route(
      "/api/v1/chat/health",
      .get(
        .chatHealth,
        Operation(
          "chatHealth", .chat, "How the Ollama is",
          .ok("In any case: `status` tells.", .json("ChatHealth", "chat.health"))))),
  ]

  static let sessions = [
    Route(
      "/api/v1/chat/token",
      .post(
        .token,
        Operation(
          "makeToken", .sessions, "Get a token",
          details: """
            By it a program is known again as the owner of its sessions, wherever its requests come from: it is sent as \
            `X-Session-Token`. It holds until the gateway ends. What the body says does not count.
            """,
          .ok("A new one.", .json("SessionToken", "sessions.token"))))),
    Route(
      "/api/v1/chat/sessions",
      .get(
        .sessions,
        Operation(
          "listSessions", .sessions, "List the sessions",
          details: "The caller's own, in which something was said.",
          parameters: [.skip, .limit, .sessionToken],
          .ok("A part of the list, the latest first.", .json("SessionList", "sessions.list"))))),
    Route(
      "/api/v1/chat/sessions/{id}",
      .get(
        .history,
        Operation(
          "getSession", .sessions, "Read a session",
          parameters: [.session, .skip, .limit, .sessionToken],
          .ok("A part of its messages.", .json("SessionHistory", "sessions.history")))),
      .delete(
        .deleteSession,
        Operation(
          "deleteSession", .sessions, "Delete a session", details: "For its owner.",
          parameters: [.session, .sessionToken],
          .ok("It is gone.", .json("SessionDeleted", "sessions.deleted"))))),
    Route(
      "/api/v1/chat/sessions/{id}/images",
      .post(
        .addImage,
        Operation(
          "addImage", .sessions, "Give a session an image",
          details: """
            PNG, JPEG or WebP of at most 8 MiB, told by its first bytes. Messages name it by its digest. A session keeps \
            32 MiB of images; beyond that, those go that were not used for the longest time.
            """,
          parameters: [.session, .sessionToken],
          body: [
            Operation.Content(type: "image/png", schema: .bytes),
            Operation.Content(type: "image/jpeg", schema: .bytes),
            Operation.Content(type: "image/webp", schema: .bytes),
          ],
          .ok("It is there.", .json("ImageAdded", "sessions.image"))))),
    Route(
      "/api/v1/chat/sessions/{id}/images/{digest}",
      .get(
        .image,
        Operation(
          "getImage", .sessions, "See an image of a session",
          parameters: [
            .session,
            .path(
              "digest", .named("ImageDigest"), "Its digest.",
              example: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            .sessionToken,
          ],
          Operation.Answer(
            status: 200, summary: "The image.",
            content: [
              Operation.Content(type: "image/png", schema: .bytes),
              Operation.Content(type: "image/jpeg", schema: .bytes),
              Operation.Content(type: "image/webp", schema: .bytes),
            ],
            fields: [Operation.Field("ETag", "Its digest.")]),
          Operation.Answer(status: 304, summary: "It is known: `If-None-Match` names its `ETag`.")))),
    Route(
      "/api/v1/chat/sessions/{id}/stream",
      .get(.resumeStream, .resumeStream),
      .delete(
        .stopStream,
        Operation(
          "stopStream", .sessions, "Stop the answer",
          details: "For the session's owner, and for who has asked for the answer.",
          parameters: [.session, .sessionToken],
          .ok("Nothing is generated any more.", .json("GenerationStopped", "sessions.stopped"))))),
  ]

  static let webSockets = [
    Route("/ws", .get(.webSocket, .webSocket("openWebSocket"))),
    Route("/api/v1/chat/ws", .get(.webSocket, .webSocket("openChatWebSocket"))),
    Route(
      "/api/v1/chat/connections",
      .get(
        .connections,
        Operation(
          "listConnections", .webSocket, "List the open WebSockets",
          details: "For callers on the gateway's own machine.",
          .ok("All of them.", .json("ConnectionList", "connections.list"))))),
    Route(
      "/api/v1/chat/broadcast",
      .post(
        .broadcast,
        Operation(
          "broadcast", .webSocket, "Tell all WebSockets something",
          details: "For callers on the gateway's own machine. They get a `broadcast` message.",
          body: [.json("BroadcastRequest", "broadcast.request")],
          .ok("It is on its way.", .json("BroadcastResponse", "broadcast.answer"))))),
  ]
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
    _ id: String, answers schema: String, _ example: String
  ) -> Operation {
    Operation(
      id, .chat, "Say something in a session, and get a short answer",
      details: """
        As `POST /api/v1/chat`, but always answered in one piece: what `stream` says does not count.
        """,
      parameters: [.sessionToken], body: [.json("ChatRequest", "chat.question")],
      .ok("The answer.", .json(schema, example)))
  }

  fileprivate static let resumeStream = Operation(
    "resumeStream", .sessions, "Go on with the answer",
    details: """
      The answer that is being generated, or that ended less than a minute ago, from its beginning or from the event after \
      the last one seen on: `Last-Event-ID`, as browsers send it by themselves, or `after`.
      """,
    parameters: [
      .session,
      .query(
        "after", .integer(in: 0...QueryParameters.largestNumber, standard: nil),
        "The last `seq` that was seen."),
      .header(
        "Last-Event-ID", .text,
        "The last event that was seen: `GENERATION:SEQ`. Any other text counts as none.",
        isRequired: false, example: "1b9ff8fd1edc6ad8:2"),
      .sessionToken,
    ],
    .ok("The events.", .events("ChatEvent", "chat.events"), .lines("ChatEvent", "chat.lines")),
    .empty(204, "There is no answer, or all of it was seen."))

  /// The query of a WebSocket's address.
  static let webSocketQuery: [Parameter] = [
    .query("session_id", .named("SessionID"), "The session to join or to create; without it a new one."),
    .query("client_id", .named("SessionID"), "A name for this connection; without it a UUID."),
    .query(
      "after", .integer(in: 0...QueryParameters.largestNumber, standard: nil),
      "The last `seq` that was seen: the answer in flight is told from the next event on."),
  ]

  fileprivate static func webSocket(_ id: String) -> Operation {
    Operation(
      id, .webSocket, "Open a WebSocket",
      details: "The two paths are the same. What is said over it is described in `asyncapi.json`.",
      parameters: webSocketQuery + [
        .header("Connection", .constant("Upgrade"), "The connection changes its protocol."),
        .header("Upgrade", .constant("websocket"), "To this one."),
        .header("Sec-WebSocket-Version", .constant("13"), "The version of the protocol: RFC 6455."),
        .header(
          "Sec-WebSocket-Key", .pattern("^[A-Za-z0-9+/]{21}[AQgw]==$"), "16 bytes in base 64.",
          example: "dGhlIHNhbXBsZSBub25jZQ=="),
        .sessionToken,
      ],
      Answer(
        status: 101, summary: "The connection is a WebSocket.",
        fields: [
          Field("Upgrade", "`websocket`."),
          Field("Sec-WebSocket-Accept", "The proof that the key was read."),
        ]))
  }
}
