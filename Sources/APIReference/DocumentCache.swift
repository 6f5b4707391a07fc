internal import Handling
internal import Configuration
internal import System

/// Documents that were asked for once: each is written once for a base path, which a reload may change. Safe from any
/// thread.
package final class DocumentCache: Sendable {
  private struct Key: Hashable {
    let document: APIDocument
    let basePath: BasePath
  }

  private let written = Lock<[Key: StaticFile]>([:])

  /// An empty one.
  package init() {}

  /// - Parameter write: writes the document, where nobody has yet.
  func file(of document: APIDocument, basePath: BasePath, write: () -> [UInt8]) -> StaticFile {
    let key = Key(document: document, basePath: basePath)
    return written.withLock { written in
      if let file = written[key] { return file }
      let file = StaticFile(document.fileName, write())
      written[key] = file
      return file
    }
  }
}
