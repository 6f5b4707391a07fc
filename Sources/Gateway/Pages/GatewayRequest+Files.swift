internal import HTTPFields
internal import HTTPServer
internal import Pages

extension GatewayRequest {
  /// With the file, or with 304 for a client that has it. Both ask for it each time: an upgrade of the gateway changes
  /// all files at once, and a page must not run with the script of the version before.
  func respond(with file: PageFile, _ fields: FieldSection = []) {
    var fields = fields
    fields.append("ETag", file.entityTag)
    if !fields.contains("cache-control") { fields.append("Cache-Control", "no-cache") }
    fields.append(contentsOf: PageFields.ofFiles)
    guard !file.isKnown(by: exchange.request.first("if-none-match")) else {
      // A length, if any, is that of the file (RFC 9110 section 8.6).
      return respond(
        ServerResponse(status: 304, fields: fields, body: .head(length: file.content.count)))
    }
    fields.append("Content-Type", file.mediaType)
    respond(ServerResponse(status: 200, fields: fields, body: .bytes(file.content)))
  }
}
