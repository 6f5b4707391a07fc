internal import Bytes
public import JSON

/// The response to `GET /api/tags`: the models that an Ollama server has.
public struct TagsResponse: Equatable, Sendable {
  /// One of the models that a server has.
  public struct Model: Equatable, Sendable {
    /// As requests call it.
    public let name: String
    /// On disk, in bytes; not negative.
    public let size: Int
    /// As Ollama writes it: RFC 3339 with nanoseconds and the server's offset. Empty when it is missing.
    public let modifiedAt: String
    /// Whether another machine runs it, which has a `remote_host`: Ollama's maker, for one.
    public let isRemote: Bool
    /// Which model has the name now: the SHA-256 of its manifest in hexadecimal, of at most 128 digits. nil where it is
    /// missing, or something else.
    public let digest: String?
    /// Whether it can chat; nil where the list does not say what it can do.
    public let canChat: Bool?
  }

  /// Those that are read of a response, from its beginning.
  public static let maximumModels = 10_000

  /// All that the server has, in its order. A row without a name is none.
  public let models: [Model]

  /// - Throws: when the response is not what Ollama sends. `"models":null`, which Go writes for none, is none.
  public init(_ body: UnsafeRawBufferPointer, reader: JSONReader) throws(ResponseError) {
    do throws(ResponseError) {
      models = try reader.withDocument(body) { (root) throws(ResponseError) in
        guard let list = root["models"] else { throw .missing("models") }
        var models: [Model] = []
        list.forEachElement { entry in
          guard models.count < TagsResponse.maximumModels, let model = Model(entry) else { return }
          models.append(model)
        }
        return models
      }
    } catch {
      // One row may be nested deeper than is read, or all of them more than is read at once.
      guard case .malformed = error, let rows = ModelList.tags.rows(in: body) else { throw error }
      models = rows.prefix(TagsResponse.maximumModels).compactMap { row in
        row.bytes.withUnsafeBytes { bytes in (try? reader.withDocument(bytes) { Model($0) }) ?? nil }
      }
    }
  }
}

extension TagsResponse.Model {
  /// - Returns: nil where it has no name.
  fileprivate init?(_ entry: JSONValue) {
    guard let name = entry["name"]?.string ?? entry["model"]?.string else { return nil }
    self.init(
      name: name, size: max(0, entry["size"]?.int ?? 0), modifiedAt: entry["modified_at"]?.string ?? "",
      isRemote: !(entry["remote_host"]?.string ?? "").isEmpty, digest: Self.digest(entry),
      canChat: ModelCapabilities.canChat(entry))
  }

  private static func digest(_ entry: JSONValue) -> String? {
    guard let digest = entry["digest"]?.string, (1...128).contains(digest.utf8.count),
      digest.utf8.allSatisfy({ Hexadecimal.value(ofLowercase: $0) != nil })
    else { return nil }
    return digest
  }
}
