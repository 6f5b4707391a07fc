import Handling
import Configuration
import GatewayTesting
import Pages
import Testing

/// The pages as HTTP sees them.
@Suite(.serialized) struct PagesTests {
  private static let browser: TestHeaders = [
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
  ]

  @Test func theRootIsAPageForBrowsersAndJSONForOthers() async throws {
    try await withGateway { gateway, _ in
      let page = try await TestClient.get(gateway.port, "/", Self.browser)
      #expect(page.status == 200)
      #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
      #expect(page.body == Page.chat.file.content)
      #expect(page.headers["Vary"] == "Accept")
      for accept in [
        "*/*", "application/json", "text/html;q=0.5, application/json", "text/html, application/json",
      ] {
        let service = try await TestClient.get(gateway.port, "/", ["Accept": accept])
        #expect(service.json["status"] == "operational", "\(accept)")
        #expect(service.headers["Vary"] == "Accept")
      }
      #expect(try await TestClient.get(gateway.port, "/").json["status"] == "operational")
    }
  }

  @Test(arguments: Page.allCases) func aPageIsBounded(page: Page) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.get(gateway.port, page.path, Self.browser)
      #expect(response.status == 200)
      let policy = try #require(response.headers["Content-Security-Policy"])
      for directive in [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "img-src 'self' blob:", "form-action 'none'", "frame-ancestors 'none'",
      ] {
        #expect(policy.split(separator: "; ").contains(directive[...]), "\(directive)")
      }
      #expect(!policy.contains("unsafe"))
      #expect(response.headers["X-Content-Type-Options"] == "nosniff")
      #expect(response.headers["X-Frame-Options"] == "DENY")
      #expect(response.headers["Referrer-Policy"] == "same-origin")
      #expect(response.headers["Permissions-Policy"]?.contains("camera=()") == true)
      #expect(response.headers["Cache-Control"] == (page == .chat ? "private, no-cache" : "no-cache"))
    }
  }

  @Test func filesAreServedAsWhatTheyAre() async throws {
    try await withGateway { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        for file in PageFiles.all.values where !file.isPage {
          let response = try connection.get("/assets/\(file.name)")
          #expect(response.status == 200)
          let isWhole = response.body == file.content
          #expect(isWhole, "\(file.name)")
          #expect(response.headers["Content-Type"] == file.mediaType)
          #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        }
        // Pages have one address each.
        for path in [
          "/assets/chat.html", "/assets/none.js", "/assets", "/assets/%2e%2e",
        ] {
          #expect(try connection.get(path).status >= 400, "\(path)")
        }
      }
    }
  }

  @Test func whoHasAFileGetsItOnce() async throws {
    try await withGateway { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        let first = try connection.request("GET", "/status", Self.browser)
        let tag = try #require(first.headers["ETag"])
        #expect(!tag.hasPrefix("W/"))
        let again = try connection.get("/status", ["If-None-Match": tag])
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        #expect(again.headers["ETag"] == tag)
        #expect(again.headers["Cache-Control"] == "no-cache")
        #expect(again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"])
        #expect(try connection.get("/status", ["If-None-Match": "\"other\""]).status == 200)
        let head = try connection.request("HEAD", "/status")
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(head.headers["Content-Length"] == "\(first.body.count)")
        #expect(head.headers["ETag"] == tag)
      }
    }
  }

  /// A page's files are named relative to it.
  @Test func aPageHasOneAddress() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        for (path, address) in [
          ("/ai", "/ai/"), ("/ai?x=1", "/ai/?x=1"), ("/%61i", "/ai/"),
          ("/ai/status/", "/ai/status"),
        ] {
          let response = try connection.get(path, Self.browser)
          #expect(response.status == 307, "\(path)")
          #expect(response.headers["Location"] == address)
        }
        for path in ["/ai/", "/ai/?x", "/ai/status"] {
          #expect(try connection.get(path, Self.browser).status == 200, "\(path)")
        }
        #expect(try connection.get("/status", Self.browser).status == 404)
        #expect(try connection.get("/ai", ["Accept": "*/*"]).status == 200, "a program is led nowhere")
      }
    }
  }

  @Test func theLogHasTheRoutes() async throws {
    try await withGateway { gateway, _ in
      _ = try await TestClient.get(gateway.port, "/assets/no-such-file")
      _ = try await TestClient.get(gateway.port, "/status")
      try await eventually("both are logged", state: { gateway.log }) {
        gateway.log.contains(" route=/assets/{name} status=404 ")
          && gateway.log.contains(" route=/status status=200 ")
      }
    }
  }
}
