import Testing

@testable import Relay
@testable import Upstreams

/// The table of the paths that are relayed.
@Suite struct RelayPathTests {
  /// The routes that change the server are exactly the contract's.
  @Test func managementIsWhatTheContractSays() {
    let management = RelayEndpoints.paths.flatMap { path in
      path.methods.filter { $0.route.work == .management }.map { "\($0.name) \(path.pattern)" }
    }
    #expect(
      management.sorted() == [
        "DELETE /api/delete", "HEAD /api/blobs/{digest}", "POST /api/blobs/{digest}", "POST /api/copy",
        "POST /api/create", "POST /api/pull", "POST /api/push",
      ])
  }

  @Test("HEAD of a blob is relayed without a body") func headOfABlob() throws {
    let methods = RelayEndpoints.paths.first { $0.pattern == "/api/blobs/{digest}" }?.methods ?? []
    let head = try #require(methods.first { $0.name == "HEAD" })
    guard case .none = head.route.body else {
      Issue.record("it has a body")
      return
    }
  }
}
