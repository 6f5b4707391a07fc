import Configuration
import Testing

@testable import Handling

/// What of a path lies under the base path.
@Suite struct BasePathRoutingTests {
  private func rest(_ path: String, of base: String) throws -> String? {
    let base = try #require(BasePath(base))
    return base.end(in: path[...]).map { String(path[$0...]) }
  }

  @Test(arguments: [
    ("/", "/api/chat", "/api/chat"), ("/", "/", "/"), ("/ai", "/ai", ""), ("/ai", "/ai/", "/"),
    ("/ai", "/ai/api/chat/", "/api/chat/"), ("/ai", "/ai//api", "//api"), ("/ai", "/ai/ai", "/ai"),
    ("/a/b", "/a/b/c", "/c"), ("/ai", "/%61i/api%2Fchat", "/api%2Fchat"), ("/ai", "/a%69/x", "/x"),
    ("/a/b", "/a%2Fb/c", "/c"), ("/a(b)", "/a%28b%29", ""),
  ])
  func whatIsUnderIt(base: String, path: String, wanted: String) throws {
    #expect(try rest(path, of: base) == wanted)
  }

  @Test(arguments: [
    ("/ai", ""), ("/ai", "/"), ("/ai", "/a"), ("/ai", "/aix"), ("/ai", "/AI/api/chat"), ("/ai", "/api/chat"),
    ("/ai", "//ai/api"), ("/ai", "/x/ai/api"), ("/ai", "/ai%2Fapi/chat"), ("/ai", "/%61%2569/x"),
    ("/ai", "/a%6"), ("/ai", "/a%"),
    ("/a/b", "/a"), ("/a/b", "/a/"), ("/ai", "*"), ("/", "*"),
  ])
  func whatIsNot(base: String, path: String) throws {
    #expect(try rest(path, of: base) == nil)
  }
}
