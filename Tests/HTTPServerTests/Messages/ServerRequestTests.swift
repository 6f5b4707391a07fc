import HTTPFields
import HTTPServer
import Testing

@Suite struct ServerRequestTests {
  private func request(_ target: String, _ fields: [HTTPField] = []) -> ServerRequest {
    ServerRequest(method: "GET", version: .http1_1, target: target, fields: FieldSection(fields))
  }

  @Test func splitsItsTarget() {
    #expect(request("/a/b").escapedPath == "/a/b")
    #expect(request("/a/b").query == nil)
    #expect(request("/a?").query == "")
    #expect(request("/a%3Fb?c=?&d").escapedPath == "/a%3Fb")
    #expect(request("/a%3Fb?c=?&d").query == "c=?&d")
  }

  @Test func knowsWhetherABodyFollows() {
    #expect(!request("/").hasBody)
    #expect(!request("/", [("Content-Length", "0")]).hasBody)
    #expect(request("/", [("content-length", "1")]).hasBody)
    #expect(request("/", [("Transfer-Encoding", "chunked")]).hasBody)
    #expect(request("/", [("Content-Length", "12")]).contentLength == 12)
    #expect(request("/", [("Transfer-Encoding", "chunked")]).contentLength == nil)
  }

  @Test func findsTheFirstFieldInAnyCase() {
    let fields: [HTTPField] = [("X-A", "1"), ("x-a", "2")]
    #expect(request("/", fields).first("x-a") == "1")
    #expect(request("/", fields).first("x-b") == nil)
  }
}
