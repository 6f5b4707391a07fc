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
import System
import Testing

/// Which models are offered for chat.
@Suite struct ChatModelsTests {
  private static func row(_ name: String, _ number: Int, _ capabilities: String? = nil) -> String {
    let digest = String(repeating: "0", count: 60) + String(1000 + number)
    return #"{"name":"\#(name)","model":"\#(name)","size":1,"digest":"\#(digest)""#
      + (capabilities.map { #","capabilities":\#($0)}"# } ?? "}")
  }

  private func names(_ gateway: RunningGateway) async throws -> [String] {
    let response = try await TestClient.get(gateway.port, "/api/v1/chat/models")
    #expect(response.status == 200)
    #expect(response.json["count"].int == response.json["models"].count)
    return response.json["models"].array.compactMap { $0["name"].string }
  }

  /// Today's Ollama says it in the list, and is not asked for more.
  @Test func byTheList() async throws {
    let rows = [
      Self.row("chat", 0, #"["completion","tools"]"#), Self.row("embed", 1, #"["embedding"]"#),
      Self.row("both", 2, #"["embedding","completion"]"#), Self.row("image", 3, #"["image"]"#),
      Self.row("embed2", 4, #"["embedding","vision",7]"#),
    ]
    let ollama = try ScriptedOllama { _ in .json(#"{"models":[\#(rows.joined(separator: ","))]}"#) }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let offered = try await names(gateway)
      #expect(offered == ["chat", "both", "image"])
      #expect(ollama.requests.map(\.path) == ["/api/tags"])
    }
  }

  /// What would be refused is not offered.
  @Test(arguments: [false, true]) func thoseOfTheCloud(_ areAllowed: Bool) async throws {
    let rows = [
      Self.row("own", 0, #"["completion"]"#), Self.row("own:20b-cloud", 1, #"["completion"]"#),
      #"{"name":"innocent","size":1,"remote_host":"https://ollama.com:443","capabilities":["completion"]}"#,
    ]
    let ollama = try ScriptedOllama { _ in .json(#"{"models":[\#(rows.joined(separator: ","))]}"#) }
    try await withGateway(ollama: ollama, { $0.allowCloudModels = areAllowed }) { gateway, _ in
      let offered = try await names(gateway)
      #expect(offered == (areAllowed ? ["own", "own:20b-cloud", "innocent"] : ["own"]))
    }
  }

  /// An older one says it of one model at a time, and is asked once for each.
  @Test func byTheModels() async throws {
    let rows = (0..<6).map { Self.row("m\($0)", $0) }
    let ollama = try ScriptedOllama { request in
      guard request.path == "/api/show" else {
        return .json(#"{"models":[\#(rows.joined(separator: ","))]}"#)
      }
      switch request.json["model"] {
      case "m0": return .json(#"{"capabilities":["embedding"]}"#)
      case "m1": return .json(#"{"capabilities":["completion"]}"#)
      case "m2": return .json(#"{"details":{}}"#)
      case "m3": return .error(404, "model 'm3' not found")
      case "m4": return .json("nonsense")
      default: return .json(#"{"capabilities":["embedding"]}"#)
      }
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for _ in 0..<3 {
        let offered = try await names(gateway)
        #expect(offered == ["m1", "m2", "m3", "m4"])
      }
      let asked = ollama.requests.filter { $0.path == "/api/show" }
      #expect(asked.map { $0.json["model"].string } == (0..<6).map { "m\($0)" })
      #expect(asked.allSatisfy { $0.method == "POST" && $0.headers["Content-Type"] == "application/json" })
    }
  }

  /// One that fails to respond is left alone for a while, and what is not known is offered.
  @Test func ofAnOllamaThatDoesNotSay() async throws {
    let rows = (0..<3).map { Self.row("m\($0)", $0) }
    let ollama = try ScriptedOllama { request in
      request.path == "/api/show"
        ? .error(500, "broken") : .json(#"{"models":[\#(rows.joined(separator: ","))]}"#)
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for _ in 0..<3 {
        let offered = try await names(gateway)
        #expect(offered == ["m0", "m1", "m2"])
      }
      #expect(ollama.requests.filter { $0.path == "/api/show" }.count == 1)
    }
  }
}
