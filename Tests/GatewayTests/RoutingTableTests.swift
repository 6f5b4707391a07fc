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

  /// The paths of the wire contract with what `Allow` has of each.
  private static let contract = [
    ("/", "GET, HEAD, OPTIONS"),
    ("/status", "GET, HEAD, OPTIONS"),
    ("/docs", "GET, HEAD, OPTIONS"),
    ("/openapi.json", "GET, HEAD, OPTIONS"),
    ("/api/v1/openapi.json", "GET, HEAD, OPTIONS"),
    ("/asyncapi.json", "GET, HEAD, OPTIONS"),
    ("/assets/{name}", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/servers", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/queue", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/servers/{name}", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/servers/{name}/drain", "POST, OPTIONS"),
    ("/api/v1/admin/servers/{name}/resume", "POST, OPTIONS"),
    ("/api/v1/admin/keys", "GET, POST, HEAD, OPTIONS"),
    ("/api/v1/admin/keys/{id}", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ("/api/v1/admin/keys/{id}/rotate", "POST, OPTIONS"),
    ("/api/v1/admin/users", "GET, POST, HEAD, OPTIONS"),
    ("/api/v1/admin/users/{id}", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ("/api/v1/admin/users/{id}/reset", "POST, OPTIONS"),
    ("/api/v1/admin/users/{id}/verification", "POST, OPTIONS"),
    ("/api/v1/admin/users/{id}/unlock", "POST, OPTIONS"),
    ("/api/v1/admin/users/{id}/sign-out", "POST, OPTIONS"),
    ("/api/v1/admin/users/{id}/link", "POST, OPTIONS"),
    ("/api/v1/admin/teams", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/teams/{name}", "GET, PUT, DELETE, HEAD, OPTIONS"),
    ("/api/v1/admin/sessions", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/usage", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/usage/log", "GET, HEAD, OPTIONS"),
    ("/api/v1/admin/limits", "GET, HEAD, OPTIONS"),
    ("/api/v1/auth/login", "POST, OPTIONS"),
    ("/api/v1/auth/refresh", "POST, OPTIONS"),
    ("/api/v1/auth/logout", "POST, OPTIONS"),
    ("/api/v1/auth/me", "GET, HEAD, OPTIONS"),
    ("/api/v1/auth/register", "POST, OPTIONS"),
    ("/api/v1/auth/password-reset", "POST, OPTIONS"),
    ("/api/v1/auth/password-reset/confirm", "POST, OPTIONS"),
    ("/api/v1/auth/verify-email/{token}", "GET, POST, HEAD, OPTIONS"),
    ("/api/v1/auth/session", "GET, POST, DELETE, HEAD, OPTIONS"),
    ("/api/v1/auth/password", "POST, OPTIONS"),
    ("/api/v1/auth/issuer/login", "GET, HEAD, OPTIONS"),
    ("/api/v1/auth/issuer/callback", "GET, HEAD, OPTIONS"),
    ("/api/v1/auth/keys", "GET, POST, HEAD, OPTIONS"),
    ("/api/v1/auth/keys/{id}", "DELETE, OPTIONS"),
    ("/key/generate", "POST, OPTIONS"),
    ("/key/info", "GET, HEAD, OPTIONS"),
    ("/key/list", "GET, HEAD, OPTIONS"),
    ("/key/update", "POST, OPTIONS"),
    ("/key/delete", "POST, OPTIONS"),
    ("/key/block", "POST, OPTIONS"),
    ("/key/unblock", "POST, OPTIONS"),
    ("/key/{key}/regenerate", "POST, OPTIONS"),
    ("/user/new", "POST, OPTIONS"),
    ("/user/info", "GET, HEAD, OPTIONS"),
    ("/v2/user/info", "GET, HEAD, OPTIONS"),
    ("/user/list", "GET, HEAD, OPTIONS"),
    ("/user/update", "POST, OPTIONS"),
    ("/user/delete", "POST, OPTIONS"),
    ("/metrics", "GET, HEAD, OPTIONS"),
    ("/health", "GET, HEAD, OPTIONS"),
    ("/health/detailed", "GET, HEAD, OPTIONS"),
    ("/health/ready", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat", "POST, OPTIONS"),
    ("/api/v1/chat/message", "POST, OPTIONS"),
    ("/api/v1/chat/send", "POST, OPTIONS"),
    ("/api/v1/chat/token", "POST, OPTIONS"),
    ("/api/v1/chat/models", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/connections", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/broadcast", "POST, OPTIONS"),
    ("/api/v1/chat/ws", "GET, HEAD, OPTIONS"),
    ("/ws", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/health", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions/adopt", "POST, OPTIONS"),
    ("/api/v1/chat/sessions/{id}", "GET, DELETE, HEAD, OPTIONS"),
    ("/api/v1/chat/simple", "POST, OPTIONS"),
    ("/api/v1/simple_chat", "POST, OPTIONS"),
    ("/api/v1/models", "GET, HEAD, OPTIONS"),
    ("/api/v1/health", "GET, HEAD, OPTIONS"),
    ("/api/v1/health/services", "GET, HEAD, OPTIONS"),
    ("/api/v1/health/services/{name}", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions/{id}/images", "POST, OPTIONS"),
    ("/api/v1/chat/sessions/{id}/images/{digest}", "GET, HEAD, OPTIONS"),
    ("/api/v1/chat/sessions/{id}/stream", "GET, DELETE, HEAD, OPTIONS"),
    ("/api/generate", "POST, OPTIONS"),
    ("/api/chat", "POST, OPTIONS"),
    ("/api/embed", "POST, OPTIONS"),
    ("/api/embeddings", "POST, OPTIONS"),
    ("/api/show", "POST, OPTIONS"),
    ("/api/tags", "GET, HEAD, OPTIONS"),
    ("/api/ps", "GET, HEAD, OPTIONS"),
    ("/api/me", "POST, OPTIONS"),
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
  ]

  /// Served by the program that tests run, and by no other.
  private static let testRoutes: Set = ["/ws/echo"]

  @Test("What is served is in the table, and what is in the table is served") func bothWays() async throws {
    let served = Set(try await ServedRoutes.all().map(\.pattern)).subtracting(Self.testRoutes)
    #expect(served == Set(Self.contract.map(\.0)))
    #expect(Self.contract.count == served.count)
  }

  @Test(arguments: contract)
  func everyRouteOfTheContract(pattern: String, methods: String) throws {
    let path = pattern.replacingParameters(by: "some-name")
    let match = try #require(table.match(path))
    #expect(match.route.pattern == pattern)
    #expect(match.route.allowedMethods == methods)
    #expect(match.parameter == pattern.parameters(of: path))
  }

  @Test(arguments: [
    "", "/api", "/v1", "/api/v1", "/API/TAGS", "/api/tags/x", "/v1/models/", "/api/blobs/", "/healthz",
    "/api/v1/chat/unknown", "//api/tags", "/api/v1/x", "/apix/y", "/nowhere", "/health/ready/x",
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
  }
}

extension String {
  /// A pattern with a value in place of each parameter.
  fileprivate func replacingParameters(by value: String) -> String {
    replacing(#/\{[a-z]+\}/#, with: value)
  }

  /// What a path has from the pattern's first parameter to the end of its last; nothing where it has none.
  fileprivate func parameters(of path: String) -> String {
    guard let open = firstIndex(of: "{"), let close = lastIndex(of: "}") else { return "" }
    let end = self[index(after: close)...]
    return String(path.dropFirst(self[..<open].count).dropLast(end.count))
  }
}
