import Configuration
import HTTPClient
import Testing

@testable import Handling
@testable import Relay
@testable import Upstreams

/// How long Ollama may take, by what it has to do.
@Suite struct RelayTimeLimitTests {
  private func settings(_ configure: (inout Configuration) -> Void = { _ in }) -> LiveSettings {
    var configuration = Configuration(cores: 1)
    configure(&configuration)
    return LiveSettings(configuration, servers: [], listening: [])
  }

  private func limits(_ settings: LiveSettings, _ method: String, _ path: String) -> TransferTimeouts? {
    let router = Router(RelayEndpoints.paths.map { Route($0.pattern) }, numbers: RouteNumbers())
    guard let pattern = router.match(path)?.route.pattern else { return nil }
    let methods = RelayEndpoints.paths.first { $0.pattern == pattern }?.methods ?? []
    let relayed =
      methods.first { $0.name == method } ?? methods.first { method == "HEAD" && $0.name == "GET" }
    return relayed.map { settings.upstreamTimeouts.limits(of: $0.route.work, within: nil) }
  }

  @Test(
    "Requests to models have the time-outs of models",
    arguments: [
      ("POST", "/api/generate"), ("POST", "/api/chat"), ("POST", "/api/embed"), ("POST", "/api/embeddings"),
      ("POST", "/v1/chat/completions"), ("POST", "/v1/completions"), ("POST", "/v1/embeddings"),
      ("POST", "/v1/responses"), ("POST", "/v1/messages"), ("POST", "/v1/audio/transcriptions"),
    ])
  func inference(_ method: String, _ path: String) throws {
    let standard = try #require(limits(settings(), method, path))
    #expect(standard.firstByte == .seconds(600) && standard.idle == nil && standard.whole == nil)
    let own = try #require(
      limits(
        settings {
          $0.firstByteTimeout = nil
          $0.idleTimeout = .seconds(7)
        }, method, path))
    #expect(own.firstByte == nil && own.idle == .seconds(7) && own.whole == nil)
  }

  @Test(
    "Reads have a time-out of their own",
    arguments: [
      ("GET", "/api/tags"), ("HEAD", "/api/tags"), ("POST", "/api/show"), ("GET", "/api/ps"),
      ("GET", "/api/version"),
      ("GET", "/v1/models"), ("GET", "/v1/models/a/b"),
    ])
  func reads(_ method: String, _ path: String) throws {
    let read = try #require(limits(settings { $0.firstByteTimeout = nil }, method, path))
    #expect(read.firstByte == .seconds(10) && read.idle == nil && read.whole == .seconds(30))
  }

  @Test(
    "Management of models has no time-out",
    arguments: [
      ("POST", "/api/pull"), ("POST", "/api/push"), ("POST", "/api/create"), ("POST", "/api/copy"),
      ("DELETE", "/api/delete"), ("POST", "/api/blobs/x"), ("HEAD", "/api/blobs/x"),
    ])
  func management(_ method: String, _ path: String) throws {
    let management = try #require(
      limits(
        settings {
          $0.firstByteTimeout = .seconds(1)
          $0.idleTimeout = .seconds(1)
        }, method, path))
    #expect(management.firstByte == nil && management.idle == nil && management.whole == nil)
  }
}
