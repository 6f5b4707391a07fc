import Configuration
import GatewayTesting
import Testing
import Upstreams

@testable import Discovery

/// Events in, the list of servers out.
@Suite struct ServerDirectoryTests {
  private let gpus = NameQuestion.addresses(name: "gpus", port: 11434)

  private func lines(_ directory: ServerDirectory) -> [String] {
    directory.servers.map { server in server.name.map { "\($0)=\(server.url)" } ?? server.url }
  }

  private func directory(_ servers: OllamaServer...) throws -> ServerDirectory {
    var directory = ServerDirectory()
    directory.use(try ServerSources(reading: servers))
    return directory
  }

  @Test func theOrderIsTheOperators() throws {
    var directory = try directory(.entry("a=http://a:1"), .entry("gpu=dns:gpus:11434"), .entry("http://z:1"))
    #expect(lines(directory) == ["a=http://a:1", "http://z:1"] && !directory.isSettled)
    #expect(Array(directory.questions) == [gpus])
    let servers = [FoundServer("10.0.0.2"), FoundServer("10.0.0.1"), FoundServer("10.0.0.2")]
    #expect(directory.heard(.success(servers), to: gpus) == nil && directory.isSettled)
    #expect(
      lines(directory) == [
        "a=http://a:1", "gpu-1=http://10.0.0.1:11434", "gpu-2=http://10.0.0.2:11434", "http://z:1",
      ])
  }

  @Test func aNameThatDoesNotResolveKeepsItsServersAndIsToldOfOnce() throws {
    var directory = try directory(.entry("gpu=dns:gpus:11434"))
    let failure = Result<[FoundServer], NameError>.failure(NameError(reason: "no such name"))
    #expect(directory.heard(failure, to: gpus) == .lost("dns:gpus:11434", reason: "no such name", staying: 0))
    #expect(directory.isSettled && !directory.isKnown(gpus) && directory.servers.isEmpty)
    #expect(directory.troubles.map(\.reason) == ["no such name"])
    #expect(directory.heard(.success([FoundServer("10.0.0.1")]), to: gpus) == .foundAgain("dns:gpus:11434"))
    #expect(directory.isKnown(gpus) && directory.troubles.isEmpty)
    #expect(directory.heard(failure, to: gpus) == .lost("dns:gpus:11434", reason: "no such name", staying: 1))
    #expect(directory.heard(failure, to: gpus) == nil)
    #expect(lines(directory) == ["gpu-1=http://10.0.0.1:11434"])
    // A response without servers is one.
    #expect(directory.heard(.success([]), to: gpus) == .foundAgain("dns:gpus:11434"))
    #expect(directory.servers.isEmpty)
    #expect(directory.heard(failure, to: .services(name: "others")) == nil, "nobody asked")
  }

  @Test func whatIsSaidOfANameIsSaidOfEachOfItsServers() throws {
    var directory = try directory(
      .entry("dns+srv:_o._tcp.x") { entry in
        entry.weight = 2
        entry.headers = [ServerHeader(name: "X-Key", value: "k")!]
      })
    _ = directory.heard(
      .success([FoundServer("b.x", 2), FoundServer("a.x", 1)]), to: .services(name: "_o._tcp.x"))
    #expect(lines(directory) == ["http://a.x:1", "http://b.x:2"])
    #expect(directory.servers.allSatisfy { $0.limits.weight == 2 && $0.login.hasCredentials })
  }

  @Test func aReloadKeepsWhatIsKnownOfNames() throws {
    var directory = try directory(.entry("gpu=dns:gpus:11434"))
    _ = directory.heard(.success([FoundServer("10.0.0.1"), FoundServer("10.0.0.2")]), to: gpus)
    _ = directory.heard(.success([FoundServer("10.0.0.2")]), to: gpus)
    directory.use(try ServerSources(.entry("card=dns:gpus:11434") { $0.tier = 1 }, .entry("dns:new:1")))
    #expect(lines(directory) == ["card-2=http://10.0.0.2:11434"] && !directory.isSettled)
    #expect(directory.servers.first?.limits.tier == 1)
    directory.use(try ServerSources(.entry("http://a:1")))
    #expect(directory.questions.isEmpty && directory.isSettled && lines(directory) == ["http://a:1"])
  }

  @Test func twoOfOneAddressAreOneAndTwoOfOneNameHaveItOnce() throws {
    var directory = try directory(
      .entry("gpu=dns:gpus:1"), .entry("b=http://10.0.0.1:1"), .entry("gpu-2=http://b:1"))
    let servers = [FoundServer("10.0.0.1", 1), FoundServer("10.0.0.2", 1)]
    _ = directory.heard(.success(servers), to: .addresses(name: "gpus", port: 1))
    #expect(lines(directory) == ["gpu-1=http://10.0.0.1:1", "gpu-2=http://10.0.0.2:1", "http://b:1"])
  }

  @Test func thereIsABound() throws {
    var directory = try directory(.entry("dns:gpus:11434"), .entry("dns:others:1"), .entry("http://a:1"))
    let servers = (1...250).map { FoundServer("10.0.0.\($0)") }
    _ = directory.heard(.success(servers), to: gpus)
    #expect(directory.servers.count == 128 && directory.servers.last?.url == "http://10.0.0.128:11434")
  }

  @Test func aFileWithServers() throws {
    let folder = TemporaryFolder()
    let path = folder.file("servers.yaml", "- a=http://a:1\n- {url: \"dns:gpus:11434\", name: gpu}\n")
    var directory = try directory(.entry("file:\(path)"), .entry("http://z:1"))
    #expect(Array(directory.paths) == [path] && Array(directory.questions) == [gpus])
    _ = directory.heard(.success([FoundServer("10.0.0.1")]), to: gpus)
    #expect(lines(directory) == ["a=http://a:1", "gpu-1=http://10.0.0.1:11434", "http://z:1"])

    func read(_ text: String) -> DiscoveryNote? {
      _ = folder.file("servers.yaml", text)
      return directory.read(
        Result { () throws(ConfigurationError) in try ServerSources.entries(of: path) }, of: path)
    }
    let reason = #"\#(path):1: servers.weight "0": takes a number from 0.01 to 100 with at most two decimals"#
    let broken = "- {url: a, weight: 0}"
    #expect(read(broken) == .lost("file:\(path)", reason: reason, staying: 2))
    #expect(read(broken) == nil && directory.servers.count == 3 && directory.troubles.count == 1)
    // Another fault is news.
    let other = #"\#(path):1: servers.tier "101": takes a whole number from 0 to 100"#
    #expect(read("- {url: a, tier: 101}") == .lost("file:\(path)", reason: other, staying: 2))
    #expect(read("- {url: a, tier: 101}") == nil)
    #expect(read(broken) == .lost("file:\(path)", reason: reason, staying: 2))
    #expect(read("- b=http://b:1\n") == .foundAgain("file:\(path)"))
    #expect(lines(directory) == ["b=http://b:1", "http://z:1"] && directory.questions.isEmpty)
    #expect(directory.read(.success([]), of: "/other") == nil && directory.troubles.isEmpty)
  }

  @Test func whoGoesWithoutANameIsTold() throws {
    let folder = TemporaryFolder()
    let path = folder.file("servers.yaml", "- a=http://b:1\n- {url: \"dns:gpus:11434\", name: gpu}\n")
    var directory = try directory(.entry("a=http://a:1"), .entry("gpu-1=http://c:1"), .entry("file:\(path)"))
    #expect(directory.unnamed.map(\.url) == ["http://b:1"] && directory.unnamed.map(\.name) == ["a"])
    _ = directory.heard(.success([FoundServer("10.0.0.1"), FoundServer("10.0.0.2")]), to: gpus)
    #expect(directory.unnamed.map(\.name) == ["a", "gpu-1"])
    #expect(
      lines(directory) == [
        "a=http://a:1", "gpu-1=http://c:1", "http://b:1", "http://10.0.0.1:11434",
        "gpu-2=http://10.0.0.2:11434",
      ])
  }

  @Test func aFileThatCannotBeReadIsAnError() {
    #expect(throws: ConfigurationError.self) { try ServerSources(.entry("file:/does/not/exist")) }
  }
}
