internal import Fleet
internal import HTTPClient
internal import HTTPFields
internal import JSON
package import OllamaAPI

/// What the gateway itself wants to know of an Ollama.
extension UpstreamClient {
  /// The most bytes of a response that is read here: a thousand models take about 400 KB.
  private static let responseLimit = 2 << 20

  /// `GET /api/version`.
  package func version(for work: UpstreamWork) async throws(UpstreamFailure) -> String {
    let response = try await fetch(
      UpstreamRequest("GET", "/api/version", work: work), limit: UpstreamClient.responseLimit)
    return try response.version(by: reader)
  }

  /// `GET /api/tags`.
  package func models(for work: UpstreamWork) async throws(UpstreamFailure) -> [TagsResponse.Model] {
    let response = try await fetch(
      UpstreamRequest("GET", "/api/tags", work: work), limit: UpstreamClient.responseLimit)
    return try response.decode(by: reader) { bytes, reader throws(ResponseError) in
      try TagsResponse(bytes, reader: reader).models
    }
  }

  /// Whether a model can chat, by `POST /api/show`; nil where Ollama does not say what it can do.
  ///
  /// - Parameter limit: how long it may take.
  package func canChat(_ model: String, within limit: Duration) async throws(UpstreamFailure) -> Bool? {
    var writer = JSONWriter()
    writer.object { $0.member("model", model) }
    let request = UpstreamRequest(
      "POST", "/api/show", fields: [("Content-Type", "application/json")], body: .bytes(writer.take()),
      work: .check, limit: limit)
    let response = try await fetch(
      request, FleetRequest(.question, model: canonicalName(model)), limit: UpstreamClient.responseLimit)
    return try response.decode(by: reader) { bytes, reader throws(ResponseError) in
      try ShowResponse(bytes, reader: reader).canChat
    }
  }

  /// The same of one server.
  ///
  /// - Parameter then: is called once: with nil where the client was closed.
  func askVersion(of server: UpstreamServer, then: @escaping (Result<String, UpstreamFailure>?) -> Void) {
    let reader = reader
    let sink = CollectingSink(limit: UpstreamClient.responseLimit) { outcome in
      then(
        outcome.map { outcome in
          outcome.flatMap { response in
            Result { () throws(UpstreamFailure) in
              try response.version(by: reader)
            }
          }
        })
    }
    _ = start(UpstreamRequest("GET", "/api/version", work: .check), at: server, sink: sink)
  }
}

extension UpstreamResponse {
  func version(by reader: JSONReader) throws(UpstreamFailure) -> String {
    try decode(by: reader) { bytes, reader throws(ResponseError) in
      try VersionResponse(bytes, reader: reader).version
    }
  }

  /// - Throws: where it is an error, or not what Ollama sends.
  func decode<Content>(
    by reader: JSONReader, _ body: (UnsafeRawBufferPointer, JSONReader) throws(ResponseError) -> Content
  ) throws(UpstreamFailure) -> Content {
    guard head.status == 200 else { throw .status(head.status, retryAfter: head.retryAfter) }
    do throws(ResponseError) {
      return try content.withUnsafeBufferPointer { bytes throws(ResponseError) in
        try body(UnsafeRawBufferPointer(bytes), reader)
      }
    } catch {
      throw .nonsense(error.description)
    }
  }
}
