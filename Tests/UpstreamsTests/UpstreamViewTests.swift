import Fleet
import System
import Testing

@testable import Upstreams

/// What people see of the servers, and what they are called.
@Suite struct UpstreamViewTests {
  private let second = { (seconds: Double) in MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

  @Test("Names are those of the settings, or made of the server's number") func names() {
    let pool = UpstreamPool([
      UpstreamServer(url: "http://a:1", name: "gpu1"), UpstreamServer(url: "http://b:1"),
    ])
    let view = pool.view(waiting: 0)
    #expect(view.servers.map(\.name) == ["gpu1", "server_2"])
    #expect(view.servers.map(\.label) == ["gpu1", "server_2"])
    #expect(pool.server(named: "server_2")?.server.url == "http://b:1")
    #expect(pool.server(named: "server_1") == nil && pool.server(named: "b") == nil)
    // The number stays, whatever comes before it now; one that has left is shown until it is gone, and not addressed.
    pool.use([UpstreamServer(url: "http://c:1"), UpstreamServer(url: "http://b:1")])
    #expect(pool.servers.entries.map(\.name) == ["server_3", "server_2"])
    #expect(pool.server(named: "gpu1") == nil)
  }

  @Test("An only server without a name goes by its URL where it did before") func theOnlyServer() {
    let pool = UpstreamPool([UpstreamServer(url: "http://a:1")])
    #expect(pool.view(waiting: 0).servers.map(\.name) == ["server_1"])
    #expect(pool.view(waiting: 0).servers.map(\.label) == ["http://a:1"])
    #expect(!pool.servers.areTold && pool.counts == nil)
    pool.use([UpstreamServer(url: "http://a:1", name: "a")])
    #expect(pool.view(waiting: 0).servers.map(\.label) == ["a"])
    #expect(pool.servers.areTold)
  }

  @Test("An only server is looked at once a second, several are not") func looks() {
    let pool = UpstreamPool([UpstreamServer(url: "http://a:1")])
    #expect(pool.beginLook(at: second(10)) != nil)
    #expect(pool.beginLook(at: second(10.9)) == nil)
    #expect(pool.beginLook(at: second(11)) != nil)
    pool.use([UpstreamServer(url: "http://a:1"), UpstreamServer(url: "http://b:1")])
    #expect(pool.beginLook(at: second(20)) == nil)
  }

  @Test func drainedServersAreCounted() throws {
    let pool = UpstreamPool([UpstreamServer(url: "http://a:1"), UpstreamServer(url: "http://b:1")])
    let servers = pool.servers
    pool.setDraining(true, servers.ids[0])
    let counts = try #require(pool.counts)
    #expect(
      counts.unknown == 1 && counts.up == 0 && counts.draining == 1 && counts.down == 0 && counts.total == 2)
    #expect(pool.serversUp(among: servers).map(\.name) == ["server_2"])
    // Over a reload that keeps it.
    pool.use([UpstreamServer(url: "http://a:1", name: "a"), UpstreamServer(url: "http://b:1")])
    #expect(pool.view(waiting: 0).servers.map(\.known.isDraining) == [true, false])
  }
}
