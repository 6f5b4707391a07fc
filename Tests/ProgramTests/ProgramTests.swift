import GatewayTesting
import Glibc
import Testing

@testable import Configuration

/// The built program, as it is called from a shell.
@Suite struct ProgramTests {
  @Test func helpListsEverySettingByTheTable() throws {
    for arguments in [["--help"], ["check", "--help"], ["-h"]] {
      let run = try ProgramRun(arguments)
      #expect(run.wait() == 0)
      #expect(run.errors.isEmpty)
      // It is wrapped to the terminal's width.
      let help = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for setting in Setting.all {
        let flag = setting.shape == .toggle ? setting.flag : "\(setting.flag) <\(setting.placeholder)>"
        #expect(help.contains(flag), "\(flag)")
        #expect(help.contains(setting.helpText), "\(setting.helpText)")
      }
      #expect(help.contains(Setting.ConfigFile.helpText))
    }
  }

  @Test func helpListsNoOtherOption() throws {
    let run = try ProgramRun(["--help"])
    #expect(run.wait() == 0)
    let known = Set(Setting.all.map(\.flag) + ["--config", "--version", "--help"])
    let options = run.output.split(separator: "\n").compactMap { line in
      line.hasPrefix("  --")
        ? line.split(separator: " ").first?.split(separator: "/").first.map(String.init) : nil
    }
    #expect(Set(options).subtracting(known).isEmpty)
    #expect(options.count >= Setting.all.count)
  }

  @Test func versionIsOneLine() throws {
    let run = try ProgramRun(["--version"])
    #expect(run.wait() == 0)
    #expect(run.output.split(separator: ".").count == 3 && run.output.hasSuffix("\n"))
  }

  @Test(arguments: [
    (["--workers", "0"], #"ollama-gateway: --workers "0": takes a whole number from 1 to 256"#),
    (["check", "--workers", "-1"], #"ollama-gateway: --workers "-1": takes a whole number from 1 to 256"#),
    (
      ["--ollama", "http://user:secret@gpu:1"],
      #"ollama-gateway: --ollama "http://…@gpu:1": takes an address"#
    ),
    (["--worker", "2"], "ollama-gateway: Unknown option '--worker'. Did you mean '--workers'?"),
    (["--nonsense"], "ollama-gateway: Unknown option '--nonsense'"),
    (["--workers"], "ollama-gateway: Missing value for '--workers <N>'"),
    (
      ["sevre"],
      "ollama-gateway: Unknown command 'sevre': takes serve, check, health, chat, backup, restore, keys, users, teams, usage, models, sessions or store"
    ),
    (["serve", "check"], "ollama-gateway: Unexpected argument 'check'"),
    (
      ["--config", "/nowhere/g.yaml"],
      "ollama-gateway: /nowhere/g.yaml: cannot read the file: No such file or directory"
    ),
    (["--listen", "example.org:80"], #"ollama-gateway: --listen "example.org:80": takes ADDR:PORT, "#),
    (["--allowed-host", "a\nb"], #"ollama-gateway: --allowed-host "a\u{a}b": takes a host"#),
  ])
  func whatIsWrongIsOneLineAndCode64(_ arguments: [String], _ line: String) throws {
    let run = try ProgramRun(arguments)
    #expect(run.wait() == 64)
    #expect(run.errors.hasPrefix(line), "\(run.errors)")
    #expect(run.errors.hasSuffix("\n") && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test func environmentAndFileAreRead() throws {
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml", "workers: 3\nlog_format: json\nlisten: 127.0.0.1:0\n")
    let run = try ProgramRun(
      ["check", "--no-allow-model-management", "--ollama", "http://127.0.0.1:1"],
      environment: ["OLLAMA_GATEWAY_CONFIG": file, "OLLAMA_GATEWAY_LOG_FORMAT": "text", "OLLAMA_HOST": "gpu"])
    // Nothing listens at port 1.
    #expect(run.wait() == 1)
    let rows = run.output.split(separator: "\n").map {
      $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    for row in [
      "config \(file) (environment OLLAMA_GATEWAY_CONFIG)", "workers 3 (file \(file): workers)",
      "log_format text (environment OLLAMA_GATEWAY_LOG_FORMAT)", "ollama http://127.0.0.1:1 (flag --ollama)",
      "allow_model_management false (flag --allow-model-management)", "max_body 64MiB (default)",
      "ok listen 127.0.0.1:0",
    ] { #expect(rows.contains(row), "\(row)") }
    #expect(rows.contains { $0.hasPrefix("WRONG ollama http://127.0.0.1:1: ") })
  }

  @Test func aPortInUseStopsTheStartWithOneLine() throws {
    let listener = try #require(Listener())
    let run = try ProgramRun(["--listen", "127.0.0.1:\(listener.port)", "--log-level", "critical"])
    #expect(run.wait() == 1)
    #expect(run.errors.hasPrefix("ollama-gateway: cannot listen on 127.0.0.1:\(listener.port): "))
    #expect(run.errors.filter { $0 == "\n" }.count == 1)
  }

  /// Over the sockets of both families: `check` and `health` ask the gateway itself.
  @Test func aRunningGatewayIsKnown() async throws {
    let folder = TemporaryFolder()
    let settings = ["--ollama", "http://127.0.0.1:1", "--workers", "1"]
    let listen = ["--listen", "unix:\(folder.path)/g.sock"]
    let gateway = try ProgramRun(listen + ["--listen", "127.0.0.1:0"] + settings)
    try await gateway.waitForError(" notice gateway: ready ")
    let port = try #require(
      gateway.errors.split(separator: "127.0.0.1:").dropFirst().first?.prefix { $0.isNumber })
    for address in ["unix:\(folder.path)/g.sock", "127.0.0.1:\(port)"] {
      let check = try ProgramRun(["check", "--listen", address] + settings)
      #expect(check.wait() == 1)
      #expect(
        check.output.contains("warn   listen \(address): a gateway runs there already"), "\(check.output)")
      let health = try ProgramRun(["health", "--listen", address] + settings)
      #expect(health.wait() == 1)
      #expect(health.output == "not ready: \(address): the gateway is going down, or reaches no Ollama\n")
    }
    gateway.signal(SIGTERM)
    #expect(gateway.wait() == 0)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalStopsItInOrder(_ signal: Int32) async throws {
    let run = try ProgramRun(["--listen", "127.0.0.1:0", "--workers", "2", "--ollama", "http://127.0.0.1:1"])
    try await run.waitForError(" notice gateway: ready ")
    run.signal(signal)
    #expect(run.wait() == 0)
    #expect(
      run.errors.contains(" notice gateway: stopping signal=\(signal == SIGINT ? "SIGINT" : "SIGTERM")\n"))
    #expect(run.errors.hasSuffix(" notice gateway: stopped\n"))
  }

  @Test func aSecondSignalEndsItAtOnce() async throws {
    let ollama = try #require(Listener())
    let run = try ProgramRun(["--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:\(ollama.port)"])
    try await run.waitForError(" notice gateway: ready ")
    let port = run.errors.split(separator: "listen=127.0.0.1:").last?.prefix { $0.isNumber }
    let client = try #require(Listener.connect(port: UInt16(port ?? "") ?? 0))
    client.send("GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n")
    // The request is under way and will not end, so the gateway waits for it.
    let asked = ollama.accept()
    run.signal(SIGTERM)
    try await run.waitForError(" notice gateway: stopping ")
    run.signal(SIGTERM)
    #expect(run.wait() == 128 + SIGTERM)
    #expect(!run.errors.contains(" stopped"))
    withExtendedLifetime((asked, client)) {}
  }

  @Test func aSignalEndsTheCheckAtOnce() throws {
    let ollama = try #require(Listener())
    let run = try ProgramRun([
      "check", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:\(ollama.port)",
    ])
    let asked = ollama.accept()
    run.signal(SIGINT)
    #expect(run.wait() == 128 + SIGINT)
    withExtendedLifetime(asked) {}
  }
}
