import Configuration
import GatewayTesting

/// Somebody who talks to a gateway that trusts the test as a proxy: what he shows of himself goes along with each request.
struct Caller: Sendable {
  let port: UInt16
  let headers: TestHeaders

  /// Somebody at an address of the net.
  init(_ gateway: RunningGateway, at address: String, _ headers: TestHeaders = [:]) {
    port = gateway.port
    var fields: TestHeaders = ["X-Forwarded-For": address]
    for field in headers.fields { fields.add(field.name, field.value) }
    self.headers = fields
  }

  /// A program of this machine.
  init(onThisMachine gateway: RunningGateway, _ headers: TestHeaders = [:]) {
    port = gateway.port
    self.headers = headers
  }

  func request(_ method: String, _ path: String, json: String? = nil) async throws -> TestClient.Response {
    var headers = headers
    if json != nil { headers.add("Content-Type", "application/json") }
    return try await TestClient.request(port, method, path, headers, body: json.map { Array($0.utf8) })
  }

  func get(_ path: String) async throws -> TestClient.Response { try await request("GET", path) }

  /// Sends a message, and waits for the whole response.
  func say(_ message: String, session: String? = nil, _ more: String = "") async throws -> TestClient.Response
  {
    try await request("POST", ChatClient.path, json: ChatClient.body(message, session: session, more))
  }

  /// Sends a message whose generation shall be streamed, and reads nothing of it.
  func open(_ message: String, session: String? = nil) async throws -> TestClient {
    let client = try await TestClient.connect(port)
    let body = ChatClient.body(message, session: session, stream: true)
    try await client.perform { try $0.sendPost(ChatClient.path, json: body, headers) }
    return client
  }

  /// The ids of his sessions, the latest first.
  var sessions: [String] {
    get async throws {
      try await get("\(ChatClient.path)/sessions").json["sessions"].array.map {
        $0["session_id"].string ?? "?"
      }
    }
  }

  /// What he reads in a session; nil when he has none of this name.
  func contents(of session: String) async throws -> [String]? {
    let response = try await get("\(ChatClient.path)/sessions/\(session)")
    guard response.status == 200 else { return nil }
    return response.json["messages"].array.map { $0["content"].string ?? "?" }
  }

  /// What becomes of a request for a session.
  func status(
    _ method: String, _ session: String, _ suffix: String = ""
  ) async throws -> Int {
    try await request(method, "\(ChatClient.path)/sessions/\(session)\(suffix)").status
  }

  func socket(session: String? = nil) async throws -> ChatWebSocket {
    try await ChatWebSocket(port, session: session, headers: headers)
  }
}
