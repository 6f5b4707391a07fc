internal import Bytes
public import JSON

/// The response to `GET /api/ps`: the models that an Ollama server has in memory. One that is being loaded is not among them.
public struct LoadedModelsResponse: Equatable, Sendable {
  /// One of them.
  public struct Model: Equatable, Sendable {
    /// The name by which it was loaded; other names may share its digest.
    public let name: String
    /// Of its manifest; empty where it is missing.
    public let digest: String
    /// In bytes, and as much of it in the memory of a GPU; not negative.
    public let size: Int
    public let sizeInVRAM: Int
    /// In tokens; nil from versions that do not tell it.
    public let contextLength: Int?
    /// Whether it stays until somebody says otherwise, as it ends in a century or later; nil where the server does not say when it ends.
    public let isKept: Bool?
  }

  /// Those that are read of a response, from its beginning.
  public static let maximumModels = 1_000

  /// In the server's order. A row without a name is none.
  public let models: [Model]

  /// - Throws: when the response is not what Ollama sends. `"models":null`, which Go writes for none, is none.
  public init(_ body: UnsafeRawBufferPointer, reader: JSONReader) throws(ResponseError) {
    do throws(ResponseError) {
      models = try reader.withDocument(body) { (root) throws(ResponseError) in
        guard let list = root["models"] else { throw .missing("models") }
        var models: [Model] = []
        list.forEachElement { entry in
          guard models.count < LoadedModelsResponse.maximumModels, let model = Model(entry) else { return }
          models.append(model)
        }
        return models
      }
    } catch {
      // As for `TagsResponse`.
      guard case .malformed = error, let rows = ModelList.loaded.rows(in: body) else { throw error }
      models = rows.prefix(LoadedModelsResponse.maximumModels).compactMap { row in
        row.bytes.withUnsafeBytes { bytes in (try? reader.withDocument(bytes) { Model($0) }) ?? nil }
      }
    }
  }
}

extension LoadedModelsResponse.Model {
  /// - Returns: nil where it has no name.
  fileprivate init?(_ entry: JSONValue) {
    guard let name = entry["name"]?.string ?? entry["model"]?.string else { return nil }
    self.init(
      name: name, digest: entry["digest"]?.string ?? "", size: max(0, entry["size"]?.int ?? 0),
      sizeInVRAM: max(0, entry["size_vram"]?.int ?? 0),
      contextLength: entry["context_length"]?.int.flatMap { $0 > 0 ? $0 : nil },
      isKept: entry["expires_at"]?.string.flatMap { $0.utf8.prefix(4).decimal }.map { $0 >= 2100 })
  }
}
