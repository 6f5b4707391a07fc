import Access
import Accounts
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Passwords

/// Runs `body` with a gateway that keeps users in a file of its own.
func withUsers<Result>(
  _ configure: (inout Configuration) -> Void = { _ in },
  _ body: (RunningGateway, ScriptedOllama) async throws -> Result
) async throws -> Result {
  let folder = TemporaryFolder()
  return try await withGateway({
    $0.store = .sqlite(path: folder.path + "/users.db")
    configure(&$0)
  }) { gateway, ollama in try await body(gateway, ollama) }
}

extension RunningGateway {
  /// Makes a user past the routes: the first one comes from the command line.
  @discardableResult
  func makeUser(
    _ name: String, password: String? = nil,
    _ change: @escaping @Sendable (inout UserRecord) -> Void = { _ in }
  ) async throws -> UserRecord {
    let hash = try password.map { try #require(PasswordHash.make($0, cost: 4)).text }
    let name = try #require(UserName(name))
    return try await gateway.keeper.perform { (book) throws(AccessError) in
      guard let id = book.nextUser else { throw .noUser }
      var user = UserRecord(id: id, name: name, createdAt: .now)
      user.passwordHash = hash
      change(&user)
      try book.add(user)
      return user
    }
  }
}

/// Somebody at a browser or a program, with what he has got so far.
struct Visitor: Sendable {
  let port: UInt16
  var headers: TestHeaders
  /// Names and values of his cookies.
  var cookies: [String: String] = [:]

  static let password = "Correct-Horse-9!"

  /// A browser on this machine.
  init(_ gateway: RunningGateway, _ headers: TestHeaders = [:]) {
    port = gateway.port
    self.headers = headers
  }

  /// A browser that comes by TLS through a proxy that is trusted.
  init(secure gateway: RunningGateway, at address: String = "203.0.113.1") {
    self.init(
      gateway, ["X-Forwarded-For": address, "X-Forwarded-Proto": "https", "Host": "chat.example.org"])
  }

  /// The origin of the gateway's own pages, as he sees it.
  var ownOrigin: String {
    headers["X-Forwarded-Proto"] == "https" ? "https://chat.example.org" : "http://localhost"
  }

  func request(
    _ method: String, _ path: String, json: String? = nil, form: String? = nil, _ more: TestHeaders = [:]
  ) async throws -> TestClient.Response {
    var all = headers
    for field in more.fields { all.add(field.name, field.value) }
    if !cookies.isEmpty {
      all.add(
        "Cookie", cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
    }
    if json != nil { all.add("Content-Type", "application/json") }
    if form != nil { all.add("Content-Type", "application/x-www-form-urlencoded") }
    return try await TestClient.request(port, method, path, all, body: (json ?? form).map { Array($0.utf8) })
  }

  func get(_ path: String, _ more: TestHeaders = [:]) async throws -> TestClient.Response {
    try await request("GET", path, more)
  }

  /// From a page of the gateway's own.
  func change(_ method: String, _ path: String, json: String? = nil) async throws -> TestClient.Response {
    try await request(method, path, json: json, ["Origin": ownOrigin])
  }

  /// As the first system's clients sign in.
  func login(_ name: String, _ password: String = Visitor.password) async throws -> TestClient.Response {
    try await request(
      "POST", "/api/v1/auth/login", form: "grant_type=password&username=\(name)&password=\(password)")
  }

  /// Signs in as a page does, and takes the cookies.
  mutating func signIn(_ name: String, _ password: String = Visitor.password) async throws
    -> TestClient.Response
  {
    let response = try await change(
      "POST", "/api/v1/auth/session", json: #"{"username":"\#(name)","password":"\#(password)"}"#)
    take(response)
    return response
  }

  /// Takes the cookies of a response.
  mutating func take(_ response: TestClient.Response) {
    for setting in response.headers.values(of: "set-cookie") {
      guard let pair = setting.split(separator: ";").first,
        let equals = pair.firstIndex(of: "=")
      else { continue }
      let value = String(pair[pair.index(after: equals)...])
      cookies[String(pair[..<equals])] = value.isEmpty ? nil : value
    }
  }

  /// Whether the gateway knows him.
  var isSignedIn: Bool {
    get async throws { try await get("/api/v1/auth/session").json["signed_in"] == true }
  }
}

extension TestHeaders {
  /// What a program sends with a token.
  static func bearer(_ token: TestJSON) -> TestHeaders { ["Authorization": "Bearer \(token.string ?? "")"] }
}
