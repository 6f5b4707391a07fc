public import JSON

/// The answer to `GET /api/tags`: the models that an Ollama server has.
public struct TagsResponse: Equatable, Sendable {
  public struct Model: Equatable, Sendable {
    public let name: String
    /// On disk, in bytes.
    public let size: Int
    /// As Ollama writes it: RFC 3339 with nanoseconds and the server's offset. Empty when it is missing.
    public let modifiedAt: String
  }

  public let models: [Model]

  /// - Throws: when the answer is not what Ollama sends. `"models":null`, which Go writes for none, is none.
  public init(_ body: UnsafeRawBufferPointer, reader: JSONReader) throws(ResponseError) {
    models = try reader.withDocument(body) { (root) throws(ResponseError) in
      guard let list = root["models"] else { throw .missing("models") }
      var models: [Model] = []
      try list.forEachElement { (entry) throws(ResponseError) in
        guard let name = entry["name"]?.string ?? entry["model"]?.string else { throw .missing("name") }
        models.append(
          Model(name: name, size: entry["size"]?.int ?? 0, modifiedAt: entry["modified_at"]?.string ?? ""))
      }
      return models
    }
  }
}
