import Testing

/// `ollama-gateway chat`, as it is called from a shell.
@Suite struct ChatProgramTests {
  @Test func helpListsItsOwnOptionsAlone() throws {
    let run = try ProgramRun(["chat", "--help"])
    #expect(run.wait() == 0)
    for option in ["--url", "--session", "--model"] { #expect(run.output.contains("  \(option) <")) }
    #expect(!run.output.contains("--workers"))
  }

  @Test(arguments: [
    (["chat", "--url", "wss://h"], #"ollama-gateway: --url "wss://h": wss:// is not supported"#),
    (["chat", "--session", "a/b"], "ollama-gateway: --session takes 1 to 128 characters"),
    (["chat", "--session", ".."], "ollama-gateway: --session takes 1 to 128 characters"),
    (["chat", "--workers", "2"], "ollama-gateway: Unknown option '--workers'"),
    (["--workers", "2", "chat"], "ollama-gateway: The command 'chat' comes first"),
    (["--session", "s"], "ollama-gateway: Unknown option '--session'"),
    (["serve", "--url", "ws://h"], "ollama-gateway: Unknown option '--url'"),
  ])
  func whatIsWrongIsOneLineAndCode64(_ arguments: [String], _ line: String) throws {
    let run = try ProgramRun(arguments)
    #expect(run.wait() == 64)
    #expect(run.errors.hasPrefix(line), "\(run.errors)")
    #expect(run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  /// Nothing listens at port 1.
  @Test func aGatewayThatIsNotThereIsCode1() throws {
    let run = try ProgramRun(["chat"], environment: ["OLLAMA_GATEWAY_URL": "ws://127.0.0.1:1/ws"])
    #expect(run.wait() == 1)
    #expect(
      run.errors
        == "ollama-gateway: cannot reach the gateway: ws://127.0.0.1:1/ws: Connection refused\n")
  }

  @Test func itsVariableIsNoUnknownSetting() throws {
    let run = try ProgramRun(
      ["check", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1"],
      environment: ["OLLAMA_GATEWAY_URL": "ws://127.0.0.1:1/ws"])
    #expect(run.wait() == 1)
    #expect(run.errors.isEmpty, "\(run.errors)")
  }
}
