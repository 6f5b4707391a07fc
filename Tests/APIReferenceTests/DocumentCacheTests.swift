import Configuration
import Testing

@testable import APIReference
@testable import Handling

@Suite struct DocumentCacheTests {
  @Test("A document is written once for each base path") func once() throws {
    let cache = DocumentCache()
    var written = 0
    func tag(_ document: APIDocument, _ path: String) throws -> String {
      cache.file(of: document, basePath: try #require(BasePath(path))) {
        written += 1
        return Array("\(document) \(path)".utf8)
      }.entityTag
    }
    let first = try tag(.openAPI, "/")
    #expect(try tag(.openAPI, "/") == first && written == 1)
    #expect(try tag(.openAPI, "/ai") != first && written == 2)
    #expect(try tag(.asyncAPI, "/") != first && written == 3)
    #expect(try tag(.openAPI, "/") == first && written == 3)
  }
}
