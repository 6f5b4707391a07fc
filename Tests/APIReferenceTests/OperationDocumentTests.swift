import Access
import Configuration
import GatewayTesting
import Testing

@testable import APIReference
@testable import Handling

/// What the document says of one route.
@Suite struct OperationDocumentTests {
  /// The document's entry of a method of a route that stands alone.
  private func entry(of pattern: String, _ endpoint: Endpoint) throws -> TestJSON {
    let document = try TestJSON(APIDocument.openAPI.write([Route(pattern, endpoint)], basePath: .root))
    #expect(document["paths"].keys == [pattern])
    return document["paths"][pattern][endpoint.method.lowercased()]
  }

  @Test func parametersSayWhatTheyTake() throws {
    let operation = Operation(
      "read", .chat, "Reads", parameters: [.session, .skip, .header("X-A", .pattern("^a+$"), "An a.")],
      .ok("Read.", .text("text/plain")))
    let entry = try entry(of: "/x/{id}", .get(.open, operation, Handler { _ in }))
    #expect(entry["operationId"] == "read" && entry["summary"] == "Reads")
    #expect(entry["parameters"].array.map { $0["in"] } == ["path", "query", "header"])
    #expect(entry["parameters"].array.map { $0["required"] } == [true, false, true])
    let schemas = entry["parameters"].array.map { $0["schema"] }
    #expect(schemas[0]["$ref"] == "#/components/schemas/SessionID")
    #expect(schemas[1]["type"] == "integer" && schemas[1]["default"] == 0)
    #expect(schemas[2]["type"] == "string" && schemas[2]["pattern"] == "^a+$")
    #expect(entry["requestBody"] == .null)
  }

  /// Failures are those of every endpoint and its own, in the form of the path's API.
  @Test(arguments: [
    ("/api/v1/x", "Problem"), ("/api/x", "OllamaError"), ("/v1/x", "OpenAIError"),
    ("/v1/messages", "AnthropicError"),
  ])
  func failuresHaveTheFormOfTheirAPI(_ pattern: String, _ schema: String) throws {
    let operation = Operation(
      "send", .chat, "Sends", body: [.json("Problem")], .empty(204, "Sent."))
    let responses = try entry(of: pattern, .post(.open, operation, failures: [422], Handler { _ in }))[
      "responses"]
    let failures = Endpoint.commonFailures + [422]
    #expect(Set(responses.keys) == Set((failures + [204]).map { "\($0)" }))
    for status in failures {
      #expect(responses["\(status)"]["$ref"].string == "#/components/responses/\(schema).\(status)")
    }
  }

  @Test("Who may come, by the route's rule") func security() throws {
    let operation = Operation("read", .chat, "Reads", .empty(204, "Read."))
    func entry(_ rule: RouteRule) throws -> TestJSON {
      try self.entry(of: "/api/v1/x", .get(rule, operation, Handler { _ in }))
    }
    let schemes = ["bearer", "basic", "x-api-key", "api-key"]
    let open = try entry(.open)
    #expect(open["security"] == .array([]) && open["responses"]["401"] == .null)
    for rule in [RouteRule.chat, .fleetRead] {
      let entry = try entry(rule)
      #expect(entry["security"].array.map(\.keys) == [[]] + schemes.map { [$0] })
      #expect(entry["x-scopes"].array.map(\.string) == rule.scopes.names)
      for status in ["401", "403", "429"] { #expect(entry["responses"][status] != .null) }
    }
    #expect(try entry(.credential(.admin))["security"].array.map(\.keys) == schemes.map { [$0] })
    let document = try TestJSON(
      APIDocument.openAPI.write([Route("/x", .get(.chat, operation, Handler { _ in }))], basePath: .root))
    #expect(Set(document["components"]["securitySchemes"].keys) == Set(schemes))
  }

  @Test("A stream is described by its items, with the mark of its end") func streams() throws {
    let operation = Operation(
      "stream", .chat, "Streams", .ok("A stream.", .events("Problem", mark: "[DONE]"), .lines("Problem")))
    let content = try entry(of: "/x", .get(.open, operation, Handler { _ in }))["responses"]["200"]["content"]
    let data = content["text/event-stream"]["itemSchema"]["properties"]["data"]
    #expect(data["anyOf"].array.first?["const"] == "[DONE]")
    #expect(
      data["anyOf"].array.last?["contentSchema"]["$ref"].string == "#/components/schemas/Problem")
    #expect(
      content["application/x-ndjson"]["itemSchema"]["$ref"].string == "#/components/schemas/Problem")
  }

  @Test func eachStatusHasItsSentence() {
    let sentences = Endpoint.commonFailures.map(FailureSummary.of)
    #expect(Set(sentences).count == sentences.count)
    #expect(sentences.allSatisfy { $0.hasSuffix(".") })
  }
}
