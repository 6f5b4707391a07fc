import Access
import Configuration
import Fleet
import GatewayTesting
import HTTPClient
import HTTPFields
import Testing
import Upstreams

@testable import Discovery

/// What an entry of the setting comes to.
@Suite struct ServerEntryTests {
  private func servers(_ entries: OllamaServer...) throws -> [UpstreamServer] {
    var directory = ServerDirectory()
    directory.use(try ServerSources(reading: entries))
    return directory.servers
  }

  @Test func whatIsSaidOfAServer() throws {
    let servers = try servers(
      .entry("gpu1=gpu") { entry in
        entry.parallel = 4
        entry.weight = 0.5
        entry.tier = 2
        entry.maxLoaded = 3
        entry.maxInflight = 9
        entry.pin = [ModelGlob("Library/Qwen3")!]
        entry.models.allow = [ModelGlob("Library/Qwen*")!, ModelGlob("library/Llama3")!]
        entry.models.deny = [ModelGlob("*:70b")!]
        entry.headers = [ServerHeader(name: "X-Key", value: "s3cret")!]
      })
    let server = try #require(servers.first)
    #expect(servers.count == 1 && server.url == "http://gpu:11434" && server.name == "gpu1")
    #expect(server.limits.parallel == 4 && server.limits.weight == 0.5 && server.limits.tier == 2)
    #expect(server.limits.maxLoaded == 3 && server.limits.maxInFlight == 9)
    #expect(server.limits.pins == ["qwen3:latest"])
    #expect(server.limits.models == FleetModelRules(allow: ["qwen*", "llama3:latest"], deny: ["*:70b"]))
    #expect(server.login.fields.map(\.value) == ["s3cret"] && server.login.hasCredentials)
  }

  @Test func whatItsFilesHold() throws {
    let folder = TemporaryFolder()
    let certificate = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"
    let key = "-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n"
    let server = try #require(
      try servers(
        .entry("https://gpu") { entry in
          entry.apiKeyFile = folder.file("api.key", " s3cret\n")
          entry.caFile = folder.file("ca.pem", certificate)
          entry.clientCert = folder.file("cert.pem", certificate)
          entry.clientKey = folder.file("cert.key", key)
        }
      ).first)
    #expect(server.login.fields.map { "\($0.name): \($0.value)" } == ["Authorization: Bearer s3cret"])
    #expect(server.login.tls?.authorities == Array(certificate.utf8))
    #expect(server.login.tls?.certificate == Array(certificate.utf8))
    #expect(server.login.tls?.key == Array(key.utf8))
    let trusting = try servers(.entry("https://gpu") { $0.caFile = folder.file("ca.pem", certificate) })
    #expect(trusting.first?.login.hasCredentials == false)
    var text = ""
    dump(server.login, to: &text)
    dump(try ServerSecrets(of: .entry("gpu") { $0.apiKeyFile = folder.file("api.key", "s3cret") }), to: &text)
    #expect(!text.contains("s3cret"))
  }
}
