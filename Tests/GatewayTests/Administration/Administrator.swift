import Access
import AccessStorage
import GatewayTesting
import System
import Testing

@testable import Gateway

/// Somebody who asks a gateway with a key.
struct Administrator: Sendable {
  let port: UInt16
  let key: String?

  /// Somebody with a new key of these scopes, which is made past the routes: the first one comes from the command line.
  init(_ running: RunningGateway, scopes: Scopes = [.admin], name: String = "root") async throws {
    let text = KeyText()
    var record = KeyRecord(id: text.id, name: name, secret: text.secret, createdAt: .now)
    record.scopes = scopes
    try await running.gateway.keeper.add(record)
    port = running.port
    key = text.text
  }

  /// Somebody without a key, or with this one.
  init(_ running: RunningGateway, key: String?) {
    port = running.port
    self.key = key
  }

  func request(
    _ method: String, _ path: String, _ json: String? = nil, _ more: TestHeaders = [:]
  ) async throws -> TestClient.Response {
    var headers = more
    if let key { headers.add("Authorization", "Bearer \(key)") }
    if json != nil { headers.add("Content-Type", "application/json") }
    return try await TestClient.request(port, method, path, headers, body: json.map { Array($0.utf8) })
  }

  func get(_ path: String, _ headers: TestHeaders = [:]) async throws -> TestClient.Response {
    try await request("GET", path, nil, headers)
  }

  func post(_ path: String, _ json: String = "{}", _ headers: TestHeaders = [:]) async throws
    -> TestClient.Response
  {
    try await request("POST", path, json, headers)
  }
}
