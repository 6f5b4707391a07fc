public import JSON

/// The response to `POST /api/show`: one model.
public struct ShowResponse: Equatable, Sendable {
  /// Whether the model can chat; nil where Ollama does not say what it can do, as before 0.6.4.
  public let canChat: Bool?

  /// Reads the response to `POST /api/show`.
  public init(_ body: UnsafeRawBufferPointer, reader: JSONReader) throws(ResponseError) {
    canChat = try reader.withDocument(body) { (root) throws(ResponseError) in
      ModelCapabilities.canChat(root)
    }
  }
}
