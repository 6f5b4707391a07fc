import Handling
import Testing

@testable import Relay
@testable import Upstreams

@Suite struct ServerSelectionTests {
  private let servers = UpstreamPool(
    [
      UpstreamServer(url: "http://10.0.0.1:11434", name: "gpu1"),
      UpstreamServer(url: "http://10.0.0.2:11434"),
      UpstreamServer(url: "http://10.0.0.3:11434", name: "gpu3"),
    ]
  ).servers

  @Test func theFieldGoesBeforeTheParameter() {
    #expect(ServerSelection(field: nil, path: "/api/pull") == .none)
    #expect(ServerSelection(field: "all", path: "/api/pull?server=gpu1") == .all)
    #expect(ServerSelection(field: nil, path: "/api/pull?x=1&server=gpu1,gpu3") == .names(["gpu1", "gpu3"]))
    #expect(ServerSelection(field: nil, path: "/api/pull?%73erver=gpu%31") == .names(["gpu1"]))
    #expect(
      ServerSelection(field: nil, path: "/api/pull?server=gpu1&x&server=gpu3") == .names(["gpu1", "gpu3"]))
    #expect(ServerSelection(field: " gpu1 , gpu3 ", path: "") == .names(["gpu1", "gpu3"]))
    #expect(ServerSelection(field: "", path: "/?server") == .names([]))
  }

  @Test func namesAreThoseThatClientsKnow() throws {
    func urls(_ selection: ServerSelection) throws -> [String]? {
      try selection.servers(among: servers)?.map(\.server.url)
    }
    #expect(try urls(.none) == nil)
    #expect(try urls(.all)?.count == 3)
    #expect(
      try urls(.names(["gpu3", "server_2", "gpu3"])) == ["http://10.0.0.3:11434", "http://10.0.0.2:11434"])
    for names in [["gpu2"], ["gpu1", "all"], ["http://10.0.0.2:11434"], ["server_1"], []] {
      let failure = #expect(throws: RequestFailure.self) {
        try ServerSelection.names(names).servers(among: servers)
      }
      #expect(failure?.status == 400 && failure?.detail.contains("10.0.0") == false)
      if names == ["gpu2"] {
        #expect(failure?.detail.hasSuffix("there are: gpu1, server_2, gpu3") == true)
        let quiet = #expect(throws: RequestFailure.self) {
          try ServerSelection.names(names).servers(among: servers, tellsNames: false)
        }
        #expect(quiet?.detail.contains("gpu3") == false)
      }
    }
  }

  @Test func theParameterDoesNotGoOn() {
    #expect(ServerSelection.stripped("/api/pull") == "/api/pull")
    #expect(ServerSelection.stripped("/api/pull?a=1&b") == "/api/pull?a=1&b")
    #expect(ServerSelection.stripped("/api/pull?server=x") == "/api/pull")
    #expect(ServerSelection.stripped("/api/pull?a=1&server=x&&b=2&server=y") == "/api/pull?a=1&&b=2")
  }
}
