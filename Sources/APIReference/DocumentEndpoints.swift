package import Handling
internal import Configuration

/// What programs read about the API. Lives on its worker's loop.
package final class DocumentEndpoints: RouteCollection {
  package let context: WorkerContext
  private let documents: DocumentCache
  private let others: [Route]

  /// - Parameter routes: all that the gateway serves, but these.
  package init(_ context: WorkerContext, _ documents: DocumentCache, describing routes: [Route]) {
    self.documents = documents
    self.context = context
    others = routes
  }

  package var routes: [Route] {
    [
      Route("/openapi.json", .get(.open, .document("openAPI", "This document"), document(.openAPI))),
      Route(
        "/api/v1/openapi.json", .get(.open, .document("chatOpenAPI", "This document"), document(.openAPI))),
      Route(
        "/asyncapi.json",
        .get(
          .open, .document("asyncAPI", "The document of the WebSockets' messages"), document(.asyncAPI))),
    ]
  }

  private func document(_ document: APIDocument) -> Handler {
    Handler { [self] request in
      let basePath = context.settings.configuration.basePath
      request.respond(
        with: documents.file(of: document, basePath: basePath) {
          document.write(others + routes, basePath: basePath)
        })
    }
  }
}

extension Operation {
  fileprivate static func document(_ id: String, _ summary: String) -> Operation {
    Operation(
      id, .pages, summary,
      Response(status: 200, summary: "The document.", content: [.json("Document")], fields: [.entityTag]),
      .notModified)
  }
}
