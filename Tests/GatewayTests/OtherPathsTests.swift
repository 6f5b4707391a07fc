import Configuration
import GatewayTesting
import HTTPFields
import HTTPServer
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// Paths of Ollama's folders that have no route here: newer Ollamas have more.
@Suite(.serialized) struct OtherPathsTests {
  private static let paths = [
    "/api/status", "/api/experimental/model-recommendations", "/v1/new", "/v1/messages/count_tokens",
    "/api/v1x",
  ]

  @Test func readsGoOn() async throws {
    let ollama = try ScriptedOllama { request in
      request.method == "HEAD" ? [.head(200, ["Content-Length": "2"])] : .json("{}")
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for path in Self.paths {
        for method in ["GET", "HEAD"] {
          let response = try await TestClient.request(gateway.port, method, path + "/?x=%2F")
          #expect(response.status == 200, "\(method) \(path)")
          #expect(ollama.requests.last?.target == path + "?x=%2F" && ollama.requests.last?.method == method)
        }
      }
    }
  }

  @Test func whatChangesNeedsLeave() async throws {
    try await withGateway { gateway, ollama in
      for (method, path) in [
        ("POST", "/api/signout"), ("PUT", "/api/new"), ("PATCH", "/api/new"), ("BREW", "/api/new"),
        ("DELETE", "/api/user/keys/x"), ("DELETE", "/v1/new"), ("POST", "/%61pi/new"), ("POST", "//api//new"),
      ] {
        let response = try await TestClient.request(gateway.port, method, path, body: Array("{}".utf8))
        #expect(response.status == 403, "\(method) \(path)")
        #expect(response.text.contains("--allow-model-management"))
      }
      #expect(ollama.requests.isEmpty)
    }
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      for (method, path) in [("POST", "/api/signout"), ("DELETE", "/api/user/keys/x"), ("DELETE", "/v1/new")]
      {
        do {
          let response = try await TestClient.request(gateway.port, method, path)
          #expect(response.status == 200)
        }
        #expect(ollama.requests.last?.method == method && ollama.requests.last?.target == path)
      }
    }
  }

  @Test func inferenceGoesOnWhateverItsTypeSays() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama, { $0.allowCloudModels = false }) { gateway, ollama in
      for body in [#"{"model":"m","keep_alive":0}"#, "\r\n {\"model\":\"m\"}", "--x", "", "[1", "\u{FEFF}{"] {
        for method in ["POST", "PUT"] {
          let response = try await TestClient.request(
            gateway.port, method, "/v1/new", ["Content-Type": "text/plain"], body: Array(body.utf8))
          #expect(response.status == 200, "\(body)")
          #expect(ollama.requests.last?.text == body && ollama.requests.last?.method == method)
        }
      }
      let count = ollama.requests.count
      for (body, status) in [(" {", 400), (#"{"model":5}"#, 400), (#"{"model":"m:cloud"}"#, 403)] {
        let response = try await TestClient.request(
          gateway.port, "POST", "/v1/new", ["Content-Type": "audio/wav"], body: Array(body.utf8))
        #expect(response.status == status, "\(body)")
        RelayErrorsTests.expectForm(of: "/v1/new", response)
      }
      let search = #"{"tools":[{"type":"web_search"}]}"#
      do {
        let response = try await TestClient.post(gateway.port, "/v1/messages/batches", json: search)
        #expect(response.status == 403)
      }
      do {
        let response = try await TestClient.post(gateway.port, "/v1/new", json: search)
        #expect(response.status == 200)
      }
      #expect(ollama.requests.count == count + 1)
    }
  }

  /// Whose account Ollama has, and what that pays.
  @Test func theAccountNeedsLeave() async throws {
    let searches = ["/api/experimental/web_search", "/api/experimental/web_fetch", "/api/web_search"]
    for (cloud, management) in [(false, false), (true, false), (false, true)] {
      let ollama = try ScriptedOllama { _ in .json("{}") }
      try await withGateway(
        ollama: ollama,
        {
          $0.allowCloudModels = cloud
          $0.allowModelManagement = management
        }
      ) { gateway, _ in
        let me = try await TestClient.request(gateway.port, "POST", "/api/me")
        #expect(me.status == (cloud || management ? 200 : 403))
        do {
          let response = try await TestClient.get(gateway.port, "/api/me")
          #expect(response.status == 405)
        }
        for path in searches {
          let response = try await TestClient.post(gateway.port, path, json: "{}")
          #expect(response.status == (cloud ? 200 : 403), "\(path)")
          #expect(cloud || response.json["error"].string?.contains("--allow-cloud-models") == true)
          do {
            let response = try await TestClient.get(gateway.port, path)
            #expect(response.status == (cloud ? 200 : 403))
          }
        }
      }
    }
  }

  @Test func optionsAreTheGatewaysOwn() async throws {
    try await withGateway { gateway, ollama in
      let all = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
      for target in ["*", "/api/new", "/v1/new", "/api/experimental/web_search"] {
        let response = try await TestClient.request(gateway.port, "OPTIONS", target)
        #expect(response.status == 204 && response.headers["Allow"] == all, "\(target)")
      }
      for method in ["TRACE", "CONNECT"] {
        let response = try await TestClient.request(gateway.port, method, "/v1/new")
        #expect(response.status == 405 && response.headers["Allow"] == all)
      }
      do {
        let response = try await TestClient.request(gateway.port, "GET", "*")
        #expect(response.status == 400)
      }
      #expect(ollama.requests.isEmpty)
    }
  }

  @Test func logsAndMetricsHaveTwoNamesForAll() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      _ = try await TestClient.get(gateway.port, "/api/new/1")
      _ = try await TestClient.get(gateway.port, "/v1/new/2")
      try await eventually("both are counted") {
        let metrics = try await TestClient.get(gateway.port, "/metrics").text
        #expect(!metrics.contains("/new/"))
        return metrics.contains(#"="/api/*""#) && metrics.contains(#"="/v1/*""#)
      }
    }
  }

  // MARK: Slashes

  @Test func slashesInARowAreOne() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for method in ["GET", "HEAD"] {
        let moved = try await TestClient.request(gateway.port, method, "//api///tags?x=%2F")
        #expect(moved.status == 301 && moved.headers["Location"] == "/api/tags?x=%2F" && moved.body.isEmpty)
      }
      #expect(ollama.requests.isEmpty)
      let chat = try await TestClient.post(gateway.port, "//api//chat?x", json: #"{"model":"m"}"#)
      #expect(chat.status == 200 && ollama.requests.last?.target == "/api/chat?x")
      do {
        let response = try await TestClient.post(gateway.port, "//api/pull", json: #"{"model":"m"}"#)
        #expect(response.status == 403)
      }
      do {
        let response = try await TestClient.post(gateway.port, "//api/tags", json: "{}")
        #expect(response.status == 405)
      }
      do {
        let response = try await TestClient.get(gateway.port, "//api/../tags")
        #expect(response.status == 400)
      }
    }
  }

  @Test func programsFindAnOllamaHere() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/")
      #expect(response.json["message"] == "Ollama is running" && response.text.contains("Ollama is running"))
    }
  }
}
