import Access
import GatewayTesting
import Glibc
import Testing

@testable import Configuration

/// The configuration that systemd hands over as a credential.
@Suite struct CredentialTests {
  private let folder = TemporaryFolder()
  private var environment: [String: String] { ["CREDENTIALS_DIRECTORY": folder.path] }
  private var path: String { folder.path + "/ollama-gateway.yaml" }

  private func error() -> String? {
    do {
      _ = try resolve(environment: environment)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func itIsReadBesideTheFile() throws {
    let file = folder.file("g.yaml", "workers: 2\nlog_level: debug\nallowed_host: [a.example, b.example]\n")
    _ = folder.file("ollama-gateway.yaml", "workers: 3\nallowed_host: c.example\n")
    let effective = try resolve(file: file, environment: environment)
    #expect(effective.file?.path == file)
    #expect(effective.credential == path)
    #expect(effective.configuration.workers == 3)
    #expect(effective.configuration.logLevel == .debug)
    // A list is replaced, as by every stronger source.
    #expect(effective.configuration.allowedHosts.map(\.description) == ["c.example"])
  }

  /// A unit asks for the credential whether there is one or not, and others of its may be in the folder.
  @Test func noneIsNoError() throws {
    _ = folder.file("other", "not: ours")
    for environment in [
      environment, ["CREDENTIALS_DIRECTORY": folder.path + "/none"], ["CREDENTIALS_DIRECTORY": ""],
    ] {
      let effective = try resolve(environment: environment)
      #expect(effective.credential == nil)
      #expect(effective.configuration == Configuration(cores: 4))
    }
  }

  @Test func anEmptyOneChangesNothing() throws {
    _ = folder.file("ollama-gateway.yaml", "# nothing\n")
    let effective = try resolve(environment: environment)
    #expect(effective.credential == path)
    #expect(effective.configuration == Configuration(cores: 4))
  }

  @Test func oneThatCannotBeReadIsAnError() {
    #expect(mkdir(path, 0o700) == 0)
    #expect(error() == "\(path): cannot read the file: Is a directory")
    #expect(rmdir(path) == 0)
  }

  /// Root may enter every folder, so it is a file that nobody may execute.
  @Test func aFolderThatMayNotBeEnteredIsWorthANotice() throws {
    let shut = folder.file("shut", "")
    let effective = try resolve(environment: ["CREDENTIALS_DIRECTORY": shut])
    #expect(effective.credential == nil)
    #expect(effective.notices == ["no credential is read: \(shut) may not be entered"])
  }

  @Test(arguments: [
    ("workers: many\n", ":1: workers \"many\": takes a whole number from 1 to 256"),
    ("\nworker: 2\n", #":2: unknown key "worker"; did you mean workers?"#),
    ("workers: [\n", ":2: not YAML: "),
    ("a: &a 1\n", ":1: anchors and aliases are not taken"),
  ])
  func aBadOneNamesFileAndLine(_ text: String, _ problem: String) throws {
    _ = folder.file("ollama-gateway.yaml", text)
    let found = try #require(error())
    #expect(found.hasPrefix(path + problem), "\(found)")
  }

  @Test func itsSizeIsBounded() {
    _ = folder.file(
      "ollama-gateway.yaml", [UInt8](repeating: UInt8(ascii: "#"), count: ConfigurationFile.limit))
    #expect(error() == nil)
    _ = folder.file(
      "ollama-gateway.yaml", [UInt8](repeating: UInt8(ascii: "#"), count: ConfigurationFile.limit + 1))
    #expect(error() == "\(path): the file is larger than 1MiB")
  }
}
