internal import JSON
internal import OllamaAPI

/// A list of all servers as a server would send it. All who have asked for it hold the same bytes. Lives on its worker's loop.
package final class MergedDocument {
  package let bytes: [UInt8]
  private var models: Result<[TagsResponse.Model], ResponseError>?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The models of a list of ``ModelList/tags``: read once, whoever asks.
  func models(by reader: JSONReader) -> Result<[TagsResponse.Model], ResponseError> {
    if let models { return models }
    let read = bytes.withUnsafeBytes { bytes in
      Result { () throws(ResponseError) in try TagsResponse(bytes, reader: reader).models }
    }
    models = read
    return read
  }
}
