import Configuration
import Fleet
import HTTPFields
import Testing
import Upstreams

@testable import Discovery

/// What an entry of the setting comes to.
@Suite struct ConfiguredServerTests {
  @Test func whatIsSaidOfAServer() throws {
    var entry = OllamaServer(.url(try #require(OllamaURL("gpu"))), name: ServerName("gpu1"))
    entry.parallel = 4
    entry.weight = 0.5
    entry.tier = 2
    entry.maxLoaded = 3
    entry.maxInflight = 9
    entry.models.allow = try [#require(ModelGlob("Library/Qwen*")), #require(ModelGlob("library/Llama3"))]
    entry.models.deny = try [#require(ModelGlob("*:70b"))]
    entry.headers = try [#require(ServerHeader(name: "X-Key", value: "s3cret"))]
    var configuration = Configuration(cores: 1)
    configuration.servers = [entry]
    let servers = [UpstreamServer](configuration)
    let server = try #require(servers.first)
    #expect(servers.count == 1 && server.url == "http://gpu:11434" && server.name == "gpu1")
    #expect(server.limits.parallel == 4 && server.limits.weight == 0.5 && server.limits.tier == 2)
    #expect(server.limits.maxLoaded == 3 && server.limits.maxInFlight == 9)
    #expect(server.limits.models == FleetModelRules(allow: ["qwen*", "llama3:latest"], deny: ["*:70b"]))
    #expect(server.login.fields.map(\.value) == ["s3cret"])
  }
}
