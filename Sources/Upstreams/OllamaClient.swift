public import HTTPClient
internal import HTTPFields
public import JSON
public import OllamaAPI

/// Asks an Ollama server what the gateway itself wants to know. Lives on its client's loop.
public struct OllamaClient {
  public let server: OllamaServer
  private let client: HTTPClient
  private let reader: JSONReader

  /// The most bytes of an answer that is read here: a thousand models take about 400 KB.
  private static let answerLimit = 2 << 20

  public init(server: OllamaServer, client: HTTPClient, reader: JSONReader) {
    self.server = server
    self.client = client
    self.reader = reader
  }

  /// `GET /api/version`.
  public func version(timeouts: TransferTimeouts) async throws(OllamaFailure) -> String {
    let content = try await get("/api/version", timeouts)
    return try decode(content) { bytes, reader throws(ResponseError) in
      try VersionResponse(bytes, reader: reader).version
    }
  }

  /// `GET /api/tags`.
  public func models(timeouts: TransferTimeouts) async throws(OllamaFailure) -> [TagsResponse.Model] {
    let content = try await get("/api/tags", timeouts)
    return try decode(content) { bytes, reader throws(ResponseError) in
      try TagsResponse(bytes, reader: reader).models
    }
  }

  /// Whether a model can chat, by `POST /api/show`; nil where Ollama does not say what it can do.
  public func canChat(_ model: String, timeouts: TransferTimeouts) async throws(OllamaFailure) -> Bool? {
    var writer = JSONWriter()
    writer.object { $0.member("model", model) }
    let request = ClientRequest(
      method: "POST", url: server.url + "/api/show", fields: [("Content-Type", "application/json")],
      body: .bytes(writer.take()), timeouts: timeouts)
    return try decode(try await fetch(request)) { bytes, reader throws(ResponseError) in
      try ShowResponse(bytes, reader: reader).canChat
    }
  }

  private func get(_ path: String, _ timeouts: TransferTimeouts) async throws(OllamaFailure) -> [UInt8] {
    try await fetch(ClientRequest(method: "GET", url: server.url + path, timeouts: timeouts))
  }

  private func fetch(_ request: ClientRequest) async throws(OllamaFailure) -> [UInt8] {
    let response: FetchedResponse
    do throws(TransferError) {
      response = try await client.fetch(request, limit: OllamaClient.answerLimit)
    } catch {
      throw .transfer(error)
    }
    let head = response.head
    guard head.status == 200 else { throw .status(head.status, retryAfter: head.retryAfter) }
    return response.content
  }

  private func decode<Answer>(
    _ content: [UInt8],
    _ body: (UnsafeRawBufferPointer, JSONReader) throws(ResponseError) -> Answer
  ) throws(OllamaFailure) -> Answer {
    do throws(ResponseError) {
      return try content.withUnsafeBufferPointer { bytes throws(ResponseError) in
        try body(UnsafeRawBufferPointer(bytes), reader)
      }
    } catch {
      throw .nonsense(error.description)
    }
  }
}
