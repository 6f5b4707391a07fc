import Access
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling

/// A page that is none of the gateway's own asks with the cookie of who has signed in.
@Suite(.serialized) struct ForeignPageTests {
  /// What a browser says of such a page; the last says nothing at all.
  private static let foreign: [TestHeaders] = [
    ["Origin": "http://localhost:3000"], ["Origin": "https://localhost"],
    ["Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin"],
    ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": "none"], [:],
  ]

  @Test("No route that changes something takes it") func everyChangingRoute() async throws {
    let routes = try await ServedRoutes.all().flatMap { route in
      route.endpoints.filter { !OwnPage.isSafe($0.method) && $0.rule != .open }.map { endpoint in
        (method: endpoint.method, path: route.pattern.replacing(#/\{[a-z]+\}/#, with: "x"))
      }
    }
    #expect(routes.count > 30)
    try await withUsers { gateway, ollama in
      try await gateway.makeUser("root", password: Visitor.password) {
        $0.scopes = [.inference, .chat, .modelsRead, .modelsManage, .metrics, .adminRead, .admin]
      }
      var root = Visitor(gateway)
      #expect(try await root.signIn("root").status == 200)
      for (method, path) in routes {
        for headers in Self.foreign {
          let response = try await root.request(method, path, json: "{}", headers)
          #expect(response.status == 403, "\(method) \(path) \(headers)")
          #expect(response.text.contains("none of the gateway's own"), "\(method) \(path) \(headers)")
        }
      }
      #expect(!ollama.requests.contains { $0.method != "GET" })
      #expect(try await root.isSignedIn)
      // Of its own page each is taken, or refused for what it is.
      for (method, path) in routes where path != "/api/v1/auth/session" && path != "/api/v1/auth/logout" {
        let response = try await root.change(method, path, json: "{}")
        #expect(!response.text.contains("none of the gateway's own"), "\(method) \(path)")
      }
    }
  }

  @Test func noHandshakeOfAWebSocket() async throws {
    try await withUsers({ $0.auth = .required }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      _ = try await ann.signIn("ann")
      let handshake: TestHeaders = [
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ]
      for path in ["/ws", "/api/v1/chat/ws"] {
        for headers in Self.foreign {
          var all = handshake
          for field in headers.fields { all.add(field.name, field.value) }
          let response = try await ann.get(path, all)
          #expect(response.status == 403, "\(path) \(headers)")
        }
      }
      let cookies = ann.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let own = try await ChatWebSocket(gateway, headers: ["Cookie": cookies, "Origin": ann.ownOrigin])
      await own.say("ping")
      _ = try await own.take("pong")
    }
  }

  @Test func noSignInFromAnotherPage() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let body = #"{"username":"ann","password":"\#(Visitor.password)"}"#
      for headers: TestHeaders in [
        ["Origin": "http://localhost:3000"], ["Sec-Fetch-Site": "same-site"],
      ] {
        let response = try await visitor.request("POST", "/api/v1/auth/session", json: body, headers)
        #expect(response.status == 403 && !response.headers.contains("Set-Cookie"))
      }
      // A program says nothing of pages.
      #expect(try await visitor.request("POST", "/api/v1/auth/session", json: body).status == 200)
    }
  }

  @Test func looksAreFree() async throws {
    try await withUsers({ $0.auth = .required }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      _ = try await ann.signIn("ann")
      #expect(try await ann.get("/api/tags").status == 200)
      #expect(try await ann.get("/api/v1/chat/sessions", ["Origin": "http://localhost:3000"]).status == 200)
    }
  }
}
