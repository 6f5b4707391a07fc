internal import Access
internal import Configuration
internal import HTTPFields
internal import HTTPServer
internal import Pages

extension Worker {
  /// `GET /`: the chat page for whoever would rather have HTML than JSON, as browsers would.
  func serveRoot(_ request: GatewayRequest) {
    let preferences = MediaPreferences(accept: request.exchange.request.first("accept"))
    let vary: FieldSection = [("Vary", "Accept")]
    if preferences.quality(of: "text/html") > preferences.quality(of: "application/json") {
      serve(.chat, to: request, fields: vary)
    } else {
      describeService(request, fields: vary)
    }
  }

  /// A page. Its files are named relative to it, so it has one address: `/ai` and `/status/` lead to `/ai/` and `/status`.
  func serve(_ page: Page, to request: GatewayRequest, fields: FieldSection = []) {
    let head = request.exchange.request
    let path = request.target.escapedPath ?? ""
    guard page.path == "/" ? path == "/" : !path.hasSuffix("/") else {
      let address = settings.configuration.basePath.prefix + page.path
      var fields = fields
      fields.append("Location", address + (head.query.map { "?" + $0 } ?? ""))
      return request.respond(ServerResponse(status: 307, fields: fields))
    }
    var fields = fields
    fields.append(contentsOf: PageFields.ofPages)
    if page == .chat { appendCookie(for: request, to: &fields) }
    respond(to: request, with: page.file, fields)
  }

  /// By it a browser finds its sessions again. One that has it keeps it, whether it has the page as well or not.
  private func appendCookie(for request: GatewayRequest, to fields: inout FieldSection) {
    // A cache on the way would hand one browser's cookie to others.
    fields.append("Cache-Control", "private, no-cache")
    let cookie = services.authenticator.newCookie(
      for: request.exchange.request.fields, path: "\(settings.configuration.basePath)",
      isSecure: request.forwarded?.isSecure == true)
    if let cookie { fields.append("Set-Cookie", cookie) }
  }

  /// `GET /assets/{name}`.
  func serveAsset(_ name: String, to request: GatewayRequest) throws(RequestFailure) {
    guard let file = PageFiles.all[name], !file.isPage else {
      throw RequestFailure(404, "There is no such file.")
    }
    respond(to: request, with: file, [])
  }

  /// With the file, or with 304 for a client that has it. Both ask for it each time: an upgrade of the gateway changes
  /// all files at once, and a page must not run with the script of the version before.
  func respond(to request: GatewayRequest, with file: PageFile, _ fields: FieldSection) {
    var fields = fields
    fields.append("ETag", file.entityTag)
    if !fields.contains("cache-control") { fields.append("Cache-Control", "no-cache") }
    fields.append(contentsOf: PageFields.ofFiles)
    guard !file.isKnown(by: request.exchange.request.first("if-none-match")) else {
      // A length, if any, is that of the file (RFC 9110 section 8.6).
      return request.respond(
        ServerResponse(status: 304, fields: fields, body: .head(length: file.content.count)))
    }
    fields.append("Content-Type", file.mediaType)
    request.respond(ServerResponse(status: 200, fields: fields, body: .bytes(file.content)))
  }
}
