import Fleet
import HTTPClient
import HTTPFields
import Testing

@testable import Upstreams

/// The list of servers, when it changes.
@Suite struct UpstreamServerListTests {
  private func limits(_ change: (inout UpstreamServerLimits) -> Void) -> UpstreamServerLimits {
    var limits = UpstreamServerLimits()
    change(&limits)
    return limits
  }

  private let url = "http://gpu:1"

  @Test("A server of which something else is said is another value and the same server") func whatIsSaid() {
    let plain = UpstreamServer(url: url)
    let others = [
      UpstreamServer(url: url, name: "gpu"),
      UpstreamServer(url: url, limits: limits { $0.weight = 2 }),
      UpstreamServer(url: url, limits: limits { $0.models = FleetModelRules(deny: ["a"]) }),
      UpstreamServer(url: url, login: UpstreamLogin(fields: [("X-Key", "1")])),
    ]
    for other in others {
      #expect(plain != other && other.isSame(as: plain))
      #expect(!other.isSame(as: UpstreamServer(url: "http://gpu:2", name: other.name)))
    }
    #expect(
      UpstreamServer(url: url, login: UpstreamLogin(fields: [("X-Key", "1")])) == others[3])
    #expect(UpstreamServer(url: url, login: UpstreamLogin(fields: [("X-Key", "2")])) != others[3])
  }

  @Test func aServerKeepsItsNumberAndIsUsedAsIsSaidNow() {
    let pool = UpstreamPool([UpstreamServer(url: url), UpstreamServer(url: "http://b:1")])
    let before = pool.servers
    let changed = UpstreamServer(
      url: url, name: "gpu", limits: limits { $0.parallel = 3 }, login: UpstreamLogin(fields: [("A", "b")]))
    let told = pool.use([changed], keepingOthers: true)
    #expect(told.entries == [UpstreamServers.Entry(id: before.ids[0], server: changed)])
    #expect(pool.servers.ids == before.ids, "those that were there still take calls")
    #expect(pool.server(before.ids[0]) === changed)
    pool.use([changed])
    #expect(pool.servers.ids == [before.ids[0]])
    #expect(pool.server(before.ids[1]) != nil, "it finishes what it has")
    #expect(pool.view().servers.map(\.name) == ["gpu"])
  }

  @Test func ofTwoOfOneAddressTheFirstCounts() {
    let pool = UpstreamPool([UpstreamServer(url: url, name: "a"), UpstreamServer(url: url, name: "b")])
    #expect(pool.servers.entries.map(\.server.description) == ["a"])
  }

  @Test func fieldsOfItsOwnStandInPlaceOfAClients() {
    let server = UpstreamServer(
      url: url + "/base",
      login: UpstreamLogin(fields: [("authorization", "Bearer mine"), ("X-Team", "chat")]))
    let request = UpstreamRequest(
      "GET", "/api/tags",
      fields: [("Authorization", "Bearer his"), ("Accept", "*/*"), ("AUTHORIZATION", "twice")], work: .read)
    let timeouts = TransferTimeouts(connect: .seconds(1), firstByte: nil, idle: nil)
    let fields = server.request(request, within: timeouts).fields.map { "\($0.name): \($0.value)" }
    #expect(fields == ["Accept: */*", "authorization: Bearer mine", "X-Team: chat"])
    let plain = UpstreamServer(url: url).request(request, within: timeouts)
    #expect(plain.fields.count == 3)
  }

  @Test func whatIsShownToItIsShownToNobodyElse() {
    let login = UpstreamLogin(fields: [("X-Key", "s3cret")])
    let server = UpstreamServer(url: url, login: login)
    var text = "\(login) \(server) \(String(reflecting: login)) \(String(reflecting: server))"
    dump(UpstreamServers.Entry(id: FleetServerID(1), server: server), to: &text)
    #expect(!text.contains("s3cret"))
  }
}
