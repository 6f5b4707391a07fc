public import JSON

/// The response to `GET /api/version`.
public struct VersionResponse: Equatable, Sendable {
  /// Such as `0.5.7`; `0.0.0` for a development build.
  public let version: String

  /// Reads the response to `GET /api/version`.
  public init(_ body: UnsafeRawBufferPointer, reader: JSONReader) throws(ResponseError) {
    version = try reader.withDocument(body) { (root) throws(ResponseError) in
      guard let version = root["version"]?.string else { throw .missing("version") }
      return version
    }
  }
}
