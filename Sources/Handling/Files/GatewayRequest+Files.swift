package import HTTPFields
internal import HTTPServer

extension GatewayRequest {
  /// By them browsers bound what a file may do.
  private static let fieldsOfFiles: [HTTPField] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    // The page's own requests carry their origin with it, which the gateway asks for; `no-referrer` takes it away.
    ("Referrer-Policy", "same-origin"),
  ]

  /// With the file, or with 304 for a client that has it. Both ask for it each time: an upgrade of the gateway changes
  /// all files at once, and a page must not run with the script of the version before.
  package func respond(with file: StaticFile, _ fields: FieldSection = []) {
    var fields = fields
    fields.append("ETag", file.entityTag)
    if !fields.contains("cache-control") { fields.append("Cache-Control", "no-cache") }
    fields.append(contentsOf: GatewayRequest.fieldsOfFiles)
    guard !file.isKnown(by: exchange.request.first("if-none-match")) else {
      // A length, if any, is that of the file (RFC 9110 section 8.6).
      return respond(
        ServerResponse(status: 304, fields: fields, body: .head(length: file.content.count)))
    }
    fields.append("Content-Type", file.mediaType)
    respond(ServerResponse(status: 200, fields: fields, body: .bytes(file.content)))
  }
}
