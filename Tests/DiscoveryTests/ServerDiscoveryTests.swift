import Configuration
import GatewayTesting
import Glibc
import System
import Testing
import Upstreams

@testable import Discovery

/// The asking, with responses of the tests' own.
@Suite struct ServerDiscoveryTests {
  private let resolver = FakeResolver()
  private let discovery: ServerDiscovery

  init() {
    discovery = ServerDiscovery(
      resolver,
      pauses: DiscoveryPauses(again: .milliseconds(1), first: .milliseconds(1), look: .milliseconds(1)),
      logger: nil)
  }

  private func wait(for urls: [String]) async throws {
    try await eventually("the servers are there", state: { "\(discovery.servers.map(\.url))" }) {
      discovery.servers.map(\.url) == urls
    }
  }

  @Test func namesAreAskedForAgainAndAgain() async throws {
    defer { discovery.stop() }
    resolver.set("gpus", ["10.0.0.1"])
    let first = try await discovery.use([.entry("dns:gpus:1"), .entry("http://a:1")], within: .seconds(60))
    #expect(first.map(\.url) == ["http://10.0.0.1:1", "http://a:1"])
    let changes = Lock(0)
    discovery.onChange { changes.withLock { $0 += 1 } }
    resolver.set("gpus", ["10.0.0.2", "10.0.0.1"])
    try await wait(for: ["http://10.0.0.1:1", "http://10.0.0.2:1", "http://a:1"])
    try await eventually("the change is told") { changes.withLock { $0 } == 1 }
    resolver.set("gpus", nil)
    try await eventually("it is in trouble") { discovery.troubles.map(\.place) == ["dns:gpus:1"] }
    #expect(discovery.servers.count == 3)
    resolver.set("gpus", ["10.0.0.3"])
    try await wait(for: ["http://10.0.0.3:1", "http://a:1"])
    #expect(discovery.troubles.isEmpty)
  }

  @Test func theStartWaitsNoLongerThanItShall() async throws {
    defer { discovery.stop() }
    resolver.isHeld = true
    let servers = try await discovery.use(
      [.entry("dns:gpus:1"), .entry("http://a:1")], within: .milliseconds(1))
    #expect(servers.map(\.url) == ["http://a:1"])
    resolver.set("gpus", ["10.0.0.1"])
    resolver.isHeld = false
    try await wait(for: ["http://10.0.0.1:1", "http://a:1"])
  }

  @Test func anOtherSettingEndsWhatIsAskedNoMore() async throws {
    defer { discovery.stop() }
    resolver.set("old", ["10.0.0.1"])
    resolver.set("new", ["10.0.0.2"])
    _ = try await discovery.use([.entry("dns:old:1")], within: .seconds(60))
    let servers = try await discovery.use([.entry("dns:new:1")], within: .seconds(60))
    #expect(servers.map(\.url) == ["http://10.0.0.2:1"])
    let before = resolver.count("new")
    try await eventually("the new one is asked for again") { resolver.count("new") > before + 2 }
    let old = resolver.count("old")
    let now = resolver.count("new")
    try await eventually("and again") { resolver.count("new") > now + 5 }
    #expect(resolver.count("old") == old)
  }

  @Test func afterTheEndNobodyWaits() async throws {
    discovery.stop()
    #expect(try await discovery.use([.entry("dns:gpus:1")], within: .seconds(600)).isEmpty)
    #expect(resolver.count("gpus") == 0)
  }

  @Test func aFileIsWatched() async throws {
    defer { discovery.stop() }
    let folder = TemporaryFolder()
    let path = folder.file("servers.yaml", "- http://a:1\n")
    resolver.set("gpus", ["10.0.0.1"])
    #expect(
      try await discovery.use([.entry("file:\(path)")], within: .seconds(60)).map(\.url) == ["http://a:1"])
    _ = folder.file("servers.yaml", "- http://a:1\n- dns:gpus:1\n")
    try await wait(for: ["http://a:1", "http://10.0.0.1:1"])
    _ = folder.file("servers.yaml", "- ftp://a:1\n")
    try await eventually("it is in trouble") { discovery.troubles.map(\.place) == ["file:\(path)"] }
    #expect(discovery.servers.count == 2)
    _ = folder.file("servers.yaml", "- http://another:1\n")
    try await wait(for: ["http://another:1"])
  }

  @Test func aBrokenFileChangesNothing() async throws {
    defer { discovery.stop() }
    let folder = TemporaryFolder()
    _ = try await discovery.use([.entry("http://a:1")], within: .seconds(60))
    let broken = OllamaServer.entry("http://b:1") { $0.apiKeyFile = folder.path + "/none" }
    await #expect(throws: ConfigurationError.self) { try await discovery.use([broken], within: .seconds(60)) }
    #expect(discovery.servers.map(\.url) == ["http://a:1"])
  }

  @Test func theSystemsResolver() throws {
    let resolver = SystemNameResolver()
    let found = try resolver.servers(.addresses(name: "localhost", port: 7))
    #expect(found.contains(FoundServer("127.0.0.1", 7)))
    #expect(throws: NameError.self) {
      try resolver.servers(.addresses(name: "does-not-exist.invalid", port: 7))
    }
    // Whether there is DNS here or not.
    #expect(throws: NameError.self) {
      try resolver.servers(.services(name: "_ollama._tcp.does-not-exist.invalid"))
    }
  }
}

/// Responses of names as they are set.
private final class FakeResolver: NameResolver {
  private struct State {
    var addresses: [String: [String]] = [:]
    var counts: [String: Int] = [:]
    var isHeld = false
  }

  private let state = Lock(State())

  func set(_ name: String, _ addresses: [String]?) { state.withLock { $0.addresses[name] = addresses } }

  func count(_ name: String) -> Int { state.withLock { $0.counts[name, default: 0] } }

  /// Whether questions wait.
  var isHeld: Bool {
    get { state.withLock { $0.isHeld } }
    set { state.withLock { $0.isHeld = newValue } }
  }

  func servers(_ question: NameQuestion) throws(NameError) -> [FoundServer] {
    while isHeld { usleep(1_000) }
    guard case .addresses(let name, let port) = question else { return [] }
    let addresses = state.withLock { state in
      state.counts[name, default: 0] += 1
      return state.addresses[name]
    }
    guard let addresses else { throw NameError(reason: "no such name") }
    return addresses.map { FoundServer($0, port) }
  }
}
