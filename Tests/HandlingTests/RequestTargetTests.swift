import Configuration
import HTTPFields
import HTTPServer
import Testing

@testable import Handling

/// Which of the paths of Ollama's folders go on, and how an address is written cleanly.
@Suite struct RequestTargetTests {
  private func target(_ path: String, base: String = "/") throws -> RequestTarget {
    var configuration = Configuration(cores: 1)
    configuration.basePath = try #require(BasePath(base))
    let folders = ["/api/", "/v1/"].map { Folder($0) { _, _ in (.open, Handler { _ in }) } }
    return RequestTarget(
      ServerRequest(method: "GET", version: .http1_1, target: path, fields: []),
      LiveSettings(configuration, servers: [], listening: []),
      Router(
        ["/", "/health", "/api/tags", "/api/v1/chat"].map { Route($0) }, folders: folders,
        numbers: RouteNumbers()))
  }

  /// Never our own folder, and no path that is another one at Ollama's.
  @Test(arguments: [
    "/api/v1", "/api/v1/x", "/api/%76%31/x", "/%61pi/v1/x", "//api///v1/x", "/api%2Fv1%2Fx", "/api/%2Fx",
    "/api", "/v1", "/nowhere", "/apix/y",
  ])
  func theseNeverGoOn(_ path: String) throws {
    let target = try target(path)
    #expect(target.folder == nil && target.match == nil)
    #expect(try self.target("/ai" + path, base: "/ai").folder == nil)
    #expect(try self.target("/api/x", base: "/ai").folder == nil)
  }

  // MARK: Slashes

  @Test(arguments: [
    ("//api/tags", "/api/tags"), ("/api//tags?a=//b", "/api/tags?a=//b"), ("///", "/"),
    ("/api/tags//", "/api/tags/"),
    ("//evil.example/x", "/evil.example/x"), ("//\\evil.example", "/%5Cevil.example"),
    ("///%2Fevil.example", "/%2Fevil.example"), ("//?", "/?"), ("//ai//api", "/ai/api"),
  ])
  func theCleanAddress(path: String, address: String) throws {
    #expect(try target(path).cleanAddress == address)
    #expect(try target(address).cleanAddress == nil)
  }

  @Test func theCleanAddressUnderABasePath() throws {
    #expect(try target("//ai//api//tags?x", base: "/ai").cleanAddress == "/ai/api/tags?x")
    #expect(try target("/%61i//api/tags", base: "/ai").cleanAddress == "/ai/api/tags")
    #expect(try target("//ai", base: "/ai").cleanAddress == "/ai")
    #expect(try target("//health", base: "/ai").cleanAddress == "/health")
    #expect(try target("/ai/api%2F%2Ftags", base: "/ai").cleanAddress == nil)
  }
}
