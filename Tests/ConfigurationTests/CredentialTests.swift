import Access
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

  @Test func checkShowsItAndWhatCameFromIt() throws {
    let none = try resolve(environment: environment).table.map(Self.words)
    #expect(none.contains("credential none (default)"))
    _ = folder.file("ollama-gateway.yaml", "workers: 3\n")
    let rows = try resolve(environment: environment).table.map(Self.words)
    #expect(rows.contains("credential \(path) (environment CREDENTIALS_DIRECTORY)"))
    #expect(rows.contains("workers 3 (credential ollama-gateway.yaml: workers)"))
  }

  private static func words(_ line: String) -> String {
    line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// The same by the built program.
@Suite struct CredentialProgramTests {
  /// A newer systemd may put another file there before it asks for a reload.
  @Test func aReloadReadsItAgain() async throws {
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml", "default_model: of-the-file\n")
    _ = folder.file("ollama-gateway.yaml", "default_model: first\n")
    let run = try ProgramRun(
      ["--config", file, "--listen", "127.0.0.1:0", "--workers", "1", "--ollama", "http://127.0.0.1:1"],
      environment: ["CREDENTIALS_DIRECTORY": folder.path])
    try await run.waitForError(" notice gateway: ready ")
    _ = folder.file("ollama-gateway.yaml", "default_model: second\n")
    run.signal(SIGHUP)
    try await run.waitForError(" notice gateway: reloaded changed=default_model\n")
    _ = folder.file("ollama-gateway.yaml", "default_model: [\n")
    run.signal(SIGHUP)
    try await run.waitForError(" not reloaded, all settings stay as they were ")
    #expect(run.errors.contains("\(folder.path)/ollama-gateway.yaml:2: not YAML: "))
    remove(folder.path + "/ollama-gateway.yaml")
    _ = folder.file("g.yaml", "default_model: second\nlog_level: debug\n")
    run.signal(SIGHUP)
    try await run.waitForError(" notice gateway: reloaded changed=log_level\n")
    run.signal(SIGTERM)
    #expect(run.wait() == 0)
  }

  @Test func aBadOneStopsTheStart() throws {
    let folder = TemporaryFolder()
    let path = folder.file("ollama-gateway.yaml", "worker: 2\n")
    let run = try ProgramRun(
      ["--listen", "127.0.0.1:0"], environment: ["CREDENTIALS_DIRECTORY": folder.path])
    #expect(run.wait() == 64)
    #expect(run.errors == "ollama-gateway: \(path):1: unknown key \"worker\"; did you mean workers?\n")
  }

  @Test func helpTellsOfIt() throws {
    let run = try ProgramRun(["--help"])
    #expect(run.wait() == 0)
    let help = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(help.contains("credential \(ConfigurationCredential.name)"))
  }
}
