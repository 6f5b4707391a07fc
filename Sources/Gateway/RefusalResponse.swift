internal import HTTPServer
internal import JSON
internal import OllamaAPI

/// The response for a request that the server itself refuses: nothing but its path is believed.
enum RefusalResponse {
  static func make(_ refusal: ServerRefusal, id: String) -> ServerResponse {
    let path = refusal.request.map { String($0.escapedPath) } ?? "/"
    let format = ErrorFormat(path: path)
    var fields = [("Content-Type", format.contentType), ("X-Request-Id", id)]
    if refusal.status == 503 { fields.append(("Retry-After", "1")) }
    var writer = JSONWriter(reservingCapacity: 512)
    format.encode(
      ErrorReport(status: refusal.status, detail: refusal.detail, instance: path, requestID: id),
      into: &writer)
    return ServerResponse(status: refusal.status, fields: fields, body: .bytes(writer.take()))
  }
}
