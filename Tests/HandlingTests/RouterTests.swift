import Testing

@testable import Handling

@Suite struct RouterTests {
  private let table = Router(
    [
      "/", "/health", "/api/tags", "/v1/models", "/v1/models/{model}", "/api/v1/chat", "/api/blobs/{digest}",
      "/api/v1/chat/sessions", "/api/v1/chat/sessions/{id}", "/api/v1/chat/sessions/{id}/stream",
      "/api/v1/chat/sessions/{id}/images", "/api/v1/chat/sessions/{id}/images/{digest}",
    ].map { Route($0) }, numbers: RouteNumbers())

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
}
