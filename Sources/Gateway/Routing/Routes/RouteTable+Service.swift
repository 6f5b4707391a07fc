internal import Pages

// What the gateway says of itself.
extension RouteTable {
  static let health = [
    Route(
      "/health",
      .get(
        .alive,
        Operation(
          "health", .health, "Whether the process serves",
          .ok("It does.", .json("Health", "health.alive"))))),
    Route(
      "/health/detailed",
      .get(
        .detailedHealth,
        Operation(
          "detailedHealth", .health, "The version and each service",
          .ok("In any case: `status` tells.", .json("DetailedHealth", "health.details"))))),
    Route(
      "/health/ready",
      .get(
        .readiness,
        Operation(
          "readiness", .health, "Whether requests can be answered",
          details: "503 while the gateway goes down, and while it reaches no Ollama.",
          .ok("They can.", .json("Readiness", "health.ready"))))),
    Route(
      "/api/v1/health",
      .get(
        .health(.summary),
        Operation(
          "serviceHealth", .health, "The version, the uptime and each service",
          .ok("In any case: `status` tells.", .json("ServiceHealth", "health.summary"))))),
    Route(
      "/api/v1/health/services",
      .get(
        .health(.list),
        Operation(
          "listServices", .health, "How each service is",
          .ok("In any case: `status` tells.", .json("ServiceList", "health.services"))))),
    Route(
      "/api/v1/health/services/{name}",
      .get(
        .health(.one),
        Operation(
          "getService", .health, "How one service is",
          parameters: [.path("name", .constant("ollama"), "The service.", example: "ollama")],
          .ok("In any case: `status` tells.", .json("OneService", "health.service"))))),
    Route(
      "/metrics",
      .get(
        .metrics,
        Operation(
          "metrics", .health, "Figures for Prometheus",
          .ok("All of them.", .text("text/plain"), .text("application/openmetrics-text"))))),
  ]

  static let service = [
    Route(
      "/",
      .get(
        .root,
        Operation(
          "root", .pages, "The chat page, or what this is",
          details: "HTML for whoever would rather have it than JSON, as browsers would.",
          Operation.Answer(
            status: 200, summary: "The page, or where what is.",
            content: [.json("ServiceInformation", "service.information"), .text("text/html")],
            fields: [
              .entityTag,
              Operation.Field(
                "Set-Cookie", "With the page: the cookie by which the browser finds its sessions again."),
            ]),
          .notModified, .moved))),
    Route("/status", .get(.page(.status), .page("statusPage", "The status page"))),
    Route("/docs", .get(.page(.docs), .page("docsPage", "The reference of this API"))),
    Route(
      "/assets/{name}",
      .get(
        .asset,
        Operation(
          "asset", .pages, "A file that a page needs",
          parameters: [
            .path("name", .pattern("^[a-z-]+\\.(css|js|svg)$"), "The name of the file.", example: "page.css")
          ],
          Operation.Answer(
            status: 200, summary: "The file.",
            content: [.text("text/css"), .text("text/javascript"), .text("image/svg+xml")],
            fields: [.entityTag]),
          .notModified))),
    Route("/openapi.json", .get(.document(.openAPI), .document("openAPI", "This document"))),
    Route("/api/v1/openapi.json", .get(.document(.openAPI), .document("chatOpenAPI", "This document"))),
    Route(
      "/asyncapi.json",
      .get(.document(.asyncAPI), .document("asyncAPI", "The document of the WebSockets' messages"))),
  ]

  #if TEST_ROUTES
    /// Those that no shipped gateway has.
    static let testing = [
      Route(
        "/ws/echo",
        .get(.echo, Operation("echo", .webSocket, "A WebSocket that echoes", .empty(101, "It is one."))))
    ]
  #else
    static let testing: [Route] = []
  #endif
}

extension Operation {
  fileprivate static func page(_ id: String, _ summary: String) -> Operation {
    Operation(
      id, .pages, summary,
      Answer(status: 200, summary: "The page.", content: [.text("text/html")], fields: [.entityTag]),
      .notModified,
      .moved)
  }

  fileprivate static func document(_ id: String, _ summary: String) -> Operation {
    Operation(
      id, .pages, summary,
      Answer(status: 200, summary: "The document.", content: [.json("Document")], fields: [.entityTag]),
      .notModified)
  }
}

extension Operation.Answer {
  fileprivate static let notModified = Self(
    status: 304, summary: "It is as it was: `If-None-Match` names its `ETag`.", fields: [.entityTag])

  fileprivate static let moved = Self(
    status: 307, summary: "Its address has a slash at its end, or has none.",
    fields: [Operation.Field("Location", "Its address.")])
}

extension Operation.Field {
  fileprivate static let entityTag = Operation.Field("ETag", "What tells this version from others.")
}
