@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import Testing

/// The wire contract's paths, one by one.
@Suite struct RoutingTableTests {
  private let table: Router

  init() async throws { table = try await ServedRoutes.router() }

  @Test(arguments: [
    ("/", "GET, HEAD, OPTIONS"),
    ("/status", "GET, HEAD, OPTIONS"),
    ("/docs", "GET, HEAD, OPTIONS"),
    ("/openapi.json", "GET, HEAD, OPTIONS"),
    ("/api/v1/openapi.json", "GET, HEAD, OPTIONS"),
    ("/asyncapi.json", "GET, HEAD, OPTIONS"),
    ("/assets/{name}", "GET, HEAD, OPTIONS"),
    ("/health", "GET, HEAD, OPTIONS"),
    ("/health/detailed", "GET, HEAD, OPTIONS"),
    ("/health/ready", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat", "POST, OPTIONS"),
    ("/api/v1/chat/message", "POST, OPTIONS"),
    ("/api/v1/chat/send", "POST, OPTIONS"),
    ("/api/v1/chat/token", "POST, OPTIONS"),
    ("/api/v1/chat/models", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/health", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions/{id}", "GET, DELETE, HEAD, OPTIONS"),
    ("/api/v1/chat/simple", "POST, OPTIONS"),
    ("/api/v1/simple_chat", "POST, OPTIONS"),
    ("/api/v1/models", "GET, HEAD, OPTIONS"),
    ("/api/v1/health", "GET, HEAD, OPTIONS"),
    ("/api/v1/health/services", "GET, HEAD, OPTIONS"),
    ("/api/v1/health/services/{name}", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions/{id}/images", "POST, OPTIONS"),
    ("/api/v1/chat/sessions/{id}/stream", "GET, DELETE, HEAD, OPTIONS"),
    ("/api/generate", "POST, OPTIONS"),
    ("/api/chat", "POST, OPTIONS"),
    ("/api/embed", "POST, OPTIONS"),
    ("/api/embeddings", "POST, OPTIONS"),
    ("/api/show", "POST, OPTIONS"),
    ("/api/tags", "GET, HEAD, OPTIONS"),
    ("/api/ps", "GET, HEAD, OPTIONS"),
    ("/api/version", "GET, HEAD, OPTIONS"),
    ("/api/pull", "POST, OPTIONS"),
    ("/api/push", "POST, OPTIONS"),
    ("/api/create", "POST, OPTIONS"),
    ("/api/copy", "POST, OPTIONS"),
    ("/api/delete", "DELETE, OPTIONS"),
    ("/api/blobs/{digest}", "HEAD, POST, OPTIONS"),
    ("/v1/chat/completions", "POST, OPTIONS"),
    ("/v1/completions", "POST, OPTIONS"),
    ("/v1/embeddings", "POST, OPTIONS"),
    ("/v1/responses", "POST, OPTIONS"),
    ("/v1/messages", "POST, OPTIONS"),
    ("/v1/audio/transcriptions", "POST, OPTIONS"),
    ("/v1/models", "GET, HEAD, OPTIONS"),
    ("/v1/models/{model}", "GET, HEAD, OPTIONS"),
  ])
  func everyRouteOfTheContract(pattern: String, methods: String) throws {
    let path =
      pattern.split(separator: "{").count == 1
      ? pattern
      : pattern.replacing(parameter: "some-name")
    let match = try #require(table.match(path))
    #expect(match.route.pattern == pattern)
    #expect(match.route.allowedMethods == methods)
    #expect(match.parameter == (path == pattern ? "" : "some-name"))
  }

  @Test func theMostSpecialRouteWins() throws {
    #expect(table.match("/api/v1/chat/sessions/stream")?.parameter == "stream")
    #expect(table.match("/api/v1/chat/sessions/stream")?.route.pattern == "/api/v1/chat/sessions/{id}")
    #expect(table.match("/api/v1/chat/sessions/stream/stream")?.parameter == "stream")
    #expect(
      table.match("/api/v1/chat/sessions/stream/stream")?.route.pattern == "/api/v1/chat/sessions/{id}/stream"
    )
  }

  /// Of two parameters the first is one segment, and neither is empty.
  @Test("A path with two parameters is taken apart") func twoParameters() {
    let folder = "/api/v1/chat/sessions"
    let match = table.match("\(folder)/a/images/b")
    #expect(match?.route.pattern == "\(folder)/{id}/images/{digest}")
    #expect(match?.parameter == "a/images/b")
    #expect(table.match("\(folder)/images/images/images")?.parameter == "images/images/images")
    #expect(table.match("\(folder)/a/images")?.route.pattern == "\(folder)/{id}/images")
    for path in ["a/b/images/c", "/images/b", "a/image/b", "images/b"] {
      #expect(table.match("\(folder)/\(path)")?.route.pattern == "\(folder)/{id}", "\(path)")
    }
  }

  /// Names of models have slashes: `/v1/models/hf.co/owner/model:Q4`.
  @Test func aParameterMaySpanSegments() {
    #expect(table.match("/v1/models/hf.co/owner/model:Q4")?.parameter == "hf.co/owner/model:Q4")
  }

  /// To people it makes one character with the slash.
  @Test func anAccentBehindASlashIsOfTheParameter() {
    for parameter in ["\u{301}", "\u{301}x", "e\u{301}", String(repeating: "\u{301}", count: 10_000)] {
      #expect(table.match("/api/v1/chat/sessions/\(parameter)")?.parameter == parameter)
      #expect(table.match("/api/v1/chat/sessions/\(parameter)/stream")?.parameter == parameter)
    }
    #expect(table.match("/api/v1/chat/sessions/\u{301}/stream\u{301}")?.parameter == "\u{301}/stream\u{301}")
    #expect(table.match("/api/v1/chat/sessions\u{301}/x") == nil)
  }

  @Test(arguments: [
    "", "/api", "/v1", "/api/v1", "/API/TAGS", "/api/tags/x", "/v1/models/", "/api/blobs/", "/healthz",
    "/api/v1/chat/unknown", "//api/tags",
  ])
  func nothingElseMatches(path: String) {
    #expect(table.match(path) == nil)
  }

  @Test func headGoesWhereGetGoesUnlessItHasAnActionOfItsOwn() throws {
    let health = try #require(table.match("/health")?.route)
    #expect(health.endpoint(of: "HEAD") != nil)
    let chat = try #require(table.match("/api/chat")?.route)
    #expect(chat.endpoint(of: "HEAD") == nil)
    #expect(chat.endpoint(of: "post") == nil, "methods are case-sensitive")
    let blobs = try #require(table.match("/api/blobs/sha256:00")?.route)
    #expect(blobs.endpoint(of: "HEAD")?.method == "HEAD")
    let methods = RelayEndpoints.paths.first { $0.pattern == blobs.pattern }?.methods
    guard let head = methods?.first(where: { $0.name == "HEAD" }), case .none = head.route.body else {
      Issue.record("HEAD of a blob is not relayed without a body")
      return
    }
  }

  /// The routes that change the server are exactly the contract's.
  @Test func managementIsWhatTheContractSays() {
    let management = RelayEndpoints.paths.flatMap { path in
      path.methods.filter { $0.route.work == .management }.map { "\($0.name) \(path.pattern)" }
    }
    #expect(
      management.sorted() == [
        "DELETE /api/delete", "HEAD /api/blobs/{digest}", "POST /api/blobs/{digest}", "POST /api/copy",
        "POST /api/create", "POST /api/pull", "POST /api/push",
      ])
  }
}

extension String {
  /// A pattern with a value in place of its parameter.
  fileprivate func replacing(parameter value: String) -> String {
    guard let open = firstIndex(of: "{"), let close = firstIndex(of: "}") else { return self }
    return self[..<open] + value + self[index(after: close)...]
  }
}
