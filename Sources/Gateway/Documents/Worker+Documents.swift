internal import Configuration
internal import HTTPFields

extension Worker {
  /// `GET /openapi.json` and `/asyncapi.json`.
  func serve(_ document: APIDocument, to request: GatewayRequest) {
    let file = services.documents.file(of: document, basePath: settings.configuration.basePath)
    respond(to: request, with: file, [])
  }
}
