package import Handling
internal import Access
internal import Configuration
internal import HTTPFields
internal import HTTPServer
internal import JSON

/// What people look at: the pages and what they need. Lives on its worker's loop.
package final class PageEndpoints: RouteCollection {
  package let context: WorkerContext

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  package var routes: [Route] {
    [
      Route(
        "/",
        .get(
          .open,
          Operation(
            "root", .pages, "The chat page, or what this is",
            details: "HTML for whoever would rather have it than JSON, as browsers would.",
            Operation.Response(
              status: 200, summary: "The page, or where what is.",
              content: [.json("ServiceInformation", "service.information"), .text("text/html")],
              fields: [
                .entityTag,
                Operation.Field(
                  "Set-Cookie", "With the page: the cookie by which the browser finds its sessions again."),
              ]),
            .notModified, .moved),
          Handler(serveRoot))),
      Route("/status", .get(.open, .page("statusPage", "The status page"), page(.status))),
      Route("/docs", .get(.open, .page("docsPage", "The reference of this API"), page(.docs))),
      Route(
        "/assets/{name}",
        .get(
          .open,
          Operation(
            "asset", .pages, "A file that a page needs",
            parameters: [
              .path(
                "name", .pattern("^[a-z-]+\\.(css|js|svg)$"), "The name of the file.", example: "page.css")
            ],
            Operation.Response(
              status: 200, summary: "The file.",
              content: [.text("text/css"), .text("text/javascript"), .text("image/svg+xml")],
              fields: [.entityTag]),
            .notModified),
          failures: [404], Handler(serveAsset))),
    ]
  }

  private func page(_ page: Page) -> Handler {
    Handler { [self] request in serve(page, to: request) }
  }

  /// `GET /`: the chat page for whoever would rather have HTML than JSON, as browsers would.
  private func serveRoot(_ request: GatewayRequest) {
    let preferences = MediaPreferences(accept: request.exchange.request.first("accept"))
    let vary: FieldSection = [("Vary", "Accept")]
    if preferences.quality(of: "text/html") > preferences.quality(of: "application/json") {
      serve(.chat, to: request, fields: vary)
    } else {
      describeService(request, fields: vary)
    }
  }

  /// A page. Its files are named relative to it, so it has one address: `/ai` and `/status/` lead to `/ai/` and `/status`.
  private func serve(_ page: Page, to request: GatewayRequest, fields: FieldSection = []) {
    let head = request.exchange.request
    let path = request.target.escapedPath ?? ""
    guard page.path == "/" ? path == "/" : !path.hasSuffix("/") else {
      let address = context.settings.configuration.basePath.prefix + page.path
      var fields = fields
      fields.append("Location", address + (head.query.map { "?" + $0 } ?? ""))
      return request.respond(ServerResponse(status: 307, fields: fields))
    }
    var fields = fields
    fields.append(contentsOf: PageFields.ofPages)
    if page == .chat { appendCookie(for: request, to: &fields) }
    request.respond(with: page.file, fields)
  }

  /// By it a browser finds its sessions again. One that has it keeps it, whether it has the page as well or not.
  private func appendCookie(for request: GatewayRequest, to fields: inout FieldSection) {
    // A cache on the way would hand one browser's cookie to others.
    fields.append("Cache-Control", "private, no-cache")
    let cookie = context.services.authenticator.newCookie(
      for: request.exchange.request.fields, path: "\(context.settings.configuration.basePath)",
      isSecure: request.forwarded?.isSecure == true)
    if let cookie { fields.append("Set-Cookie", cookie) }
  }

  /// `GET /assets/{name}`.
  private func serveAsset(_ request: GatewayRequest) throws(RequestFailure) {
    guard let file = PageFiles.all[request.parameter], !file.isPage else {
      throw RequestFailure(404, "There is no such file.")
    }
    request.respond(with: file)
  }

  /// `GET /` for programs.
  private func describeService(_ request: GatewayRequest, fields: FieldSection) {
    let base = context.settings.configuration.basePath.prefix
    request.respond(fields: fields) { writer in
      writer.object { writer in
        writer.member("app", GatewayVersion.name)
        writer.member("version", GatewayVersion.current)
        writer.member("status", "operational")
        writer.member("docs", base + "/docs")
        writer.member("api", base + "/api/v1/")
        // By these words programs know that they have found an Ollama.
        writer.member("message", "Ollama is running")
        writer.key("endpoints")
        writer.object { writer in
          writer.member("chat", base + "/api/v1/chat/")
          writer.member("ollama", base + "/api/")
          writer.member("openai", base + "/v1/")
          writer.member("anthropic", base + "/v1/messages")
          writer.member("health", base + "/health")
          writer.member("openapi", base + "/openapi.json")
          writer.member("docs", base + "/docs")
        }
      }
    }
  }
}

extension Operation {
  fileprivate static func page(_ id: String, _ summary: String) -> Operation {
    Operation(
      id, .pages, summary,
      Response(status: 200, summary: "The page.", content: [.text("text/html")], fields: [.entityTag]),
      .notModified,
      .moved)
  }
}

extension Operation.Response {
  fileprivate static let moved = Self(
    status: 307, summary: "Its address has a slash at its end, or has none.",
    fields: [Operation.Field("Location", "Its address.")])
}
