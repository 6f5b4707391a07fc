import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import Schemas
import Testing

/// The documents of the API, and that they say what the code does.
@Suite struct DocumentTests {
  private let openAPI: TestJSON
  private let asyncAPI: TestJSON
  private let routes: [Route]

  init() async throws {
    routes = try await ServedRoutes.all()
    openAPI = try TestJSON(APIDocument.openAPI.write(routes, basePath: .root))
    asyncAPI = try TestJSON(APIDocument.asyncAPI.write(routes, basePath: .root))
  }

  /// Both ways: no route is missing, and nothing is there that is no route.
  @Test func everyRouteIsDocumented() throws {
    var documented: Set<String> = []
    for path in openAPI["paths"].keys {
      for method in openAPI["paths"][path].keys { documented.insert("\(method.uppercased()) \(path)") }
    }
    let served = routes.flatMap { route in route.endpoints.map { "\($0.method) \(route.pattern)" }
    }
    #expect(documented == Set(served))
    #expect(!served.isEmpty)
  }

  @Test("Defaults of the schemas are those of a message that names none") func defaults() {
    let schemas = openAPI["components"]["schemas"]
    #expect(schemas["Temperature"]["default"].number == ChatMessageRequest.defaultTemperature)
    #expect(schemas["MaxTokens"]["default"].int == ChatMessageRequest.defaultMaximumTokens)
  }

  @Test func operationsHaveNamesOfTheirOwn() {
    let names = routes.flatMap { $0.endpoints.map(\.operation.id) }
    #expect(Set(names).count == names.count)
  }

  /// A reference to a schema, an example or a response that is not there would go unnoticed until someone follows it.
  @Test func everyReferenceLeadsSomewhere() throws {
    for document in [openAPI, asyncAPI] {
      var count = 0
      document.forEachReference { reference in
        count += 1
        #expect(document.at(reference) != nil, "\(reference)")
      }
      #expect(count > 50)
    }
  }

  /// The parameters of a path are those that it is written with.
  @Test func parametersOfPaths() {
    for route in routes {
      let written = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map {
        $0.dropFirst().dropLast()
      }
      for endpoint in route.endpoints {
        let declared = endpoint.operation.parameters.filter { $0.place == .path }.map(\.name)
        #expect(declared == written.map(String.init), "\(endpoint.method) \(route.pattern)")
      }
    }
  }

  @Test func everyMessageIsDocumented() {
    let types = asyncAPI["components"]["messages"].keys.map { key in
      #expect(asyncAPI["components"]["messages"][key]["payload"].keys == ["$ref"])
      return key
    }
    let client = ChatSocketMessage.Kind.allCases.filter { $0 != .history }.map { "client-\($0.rawValue)" }
    let server = ServerMessageType.allCases.map { "server-\($0.name)" }
    #expect(Set(types) == Set(client + server), "`history` is `get_history`, whose schema has both names")
    #expect(
      asyncAPI["components"]["schemas"]["HistoryRequestMessage"]["properties"]["type"]["enum"]
        == .array(["get_history", "history"]))
    // A command may have any name, and those that do something are told.
    let command = asyncAPI["components"]["schemas"]["CommandMessage"]["properties"]["command"]
    for known in ChatSocketMessage.Command.allCases {
      #expect(command["description"].string?.contains("`\(known.rawValue)`") == true)
    }
    #expect(asyncAPI["channels"].keys == ["api-v1-chat-ws", "ws"])
  }

  /// Of a stream each item is described: an event by its fields, with the schema of the JSON in its data.
  @Test func streamsAreDescribedByTheirItems() {
    var streams = 0
    for route in routes {
      for endpoint in route.endpoints {
        let operation = openAPI["paths"][route.pattern][endpoint.method.lowercased()]
        for status in operation["responses"].keys {
          let content = operation["responses"][status]["content"]
          for type in content.keys where ["text/event-stream", "application/x-ndjson"].contains(type) {
            streams += 1
            let (item, isEvents) = (content[type]["itemSchema"], type == "text/event-stream")
            #expect(!content[type].keys.contains("schema"), "that would be of all of it")
            guard isEvents else {
              #expect(item.keys == ["$ref"])
              continue
            }
            #expect(item["type"] == "object" && item["required"] == .array(["data"]))
            #expect(item["properties"].keys == ["data", "event", "id"])
            let data = item["properties"]["data"]
            let isMarked = route.pattern == "/v1/chat/completions" || route.pattern == "/v1/completions"
            #expect((data["anyOf"][0]["const"] == "[DONE]") == isMarked)
            let json = isMarked ? data["anyOf"][1] : data
            #expect(json["contentMediaType"] == "application/json")
            #expect(json["contentSchema"].keys == ["$ref"])
          }
        }
      }
    }
    #expect(streams > 10)
    #expect(openAPI["openapi"] == "3.2.0")
  }

  @Test func theDocumentsAreServed() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        let document = try connection.get("/ai/openapi.json")
        #expect(document.headers["Content-Type"] == "application/json")
        #expect(document.json["servers"][0]["url"] == "/ai")
        #expect(try connection.get("/ai/api/v1/openapi.json").body == document.body)
        let tag = try #require(document.headers["ETag"])
        #expect(try connection.get("/ai/openapi.json", ["If-None-Match": tag]).status == 304)
        #expect(try connection.get("/ai/asyncapi.json").json["asyncapi"] == "3.0.0")
        #expect(try connection.get("/openapi.json").status == 404)
      }
    }
  }

  @Test func theBasePathIsTheServers() throws {
    let path = try #require(BasePath("/ai"))
    let openAPI = try TestJSON(APIDocument.openAPI.write(routes, basePath: path))
    #expect(openAPI["servers"][0]["url"] == "/ai")
    #expect(openAPI["paths"].keys.contains("/health"))
    #expect(
      try TestJSON(APIDocument.asyncAPI.write(routes, basePath: path))["servers"]["gateway"]["pathname"]
        == "/ai")
    #expect(self.openAPI["servers"][0]["url"] == "/")
  }
}

extension TestJSON {
  /// What a reference within the document leads to; nil if it leads nowhere.
  fileprivate func at(_ reference: String) -> TestJSON? {
    guard reference.hasPrefix("#/") else { return nil }
    let keys = reference.dropFirst(2).split(separator: "/")
    let value = keys.reduce(self) { $0[String($1)] }
    return value == .null ? nil : value
  }

  fileprivate func forEachReference(_ body: (String) -> Void) {
    switch self {
    case .object(let members):
      for (name, value) in members {
        if name == "$ref", let reference = value.string { body(reference) }
        value.forEachReference(body)
      }
    case .array(let elements): for element in elements { element.forEachReference(body) }
    default: break
    }
  }
}
