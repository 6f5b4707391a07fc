import Configuration
import GatewayTesting
import Glibc
import Testing

@testable import ollama_gateway

/// The configuration that systemd hands over as a credential, as the built program has it.
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

  @Test func checkShowsItAndWhatCameFromIt() throws {
    let folder = TemporaryFolder()
    let environment = ["CREDENTIALS_DIRECTORY": folder.path]
    let path = folder.path + "/ollama-gateway.yaml"
    let none = try resolve(environment: environment).table(in: environment).map(Self.words)
    #expect(none.contains("credential none (default)"))
    _ = folder.file("ollama-gateway.yaml", "workers: 3\n")
    let rows = try resolve(environment: environment).table(in: environment).map(Self.words)
    #expect(rows.contains("credential \(path) (environment CREDENTIALS_DIRECTORY)"))
    #expect(rows.contains("workers 3 (credential ollama-gateway.yaml: workers)"))
  }

  private static func words(_ line: String) -> String {
    line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
