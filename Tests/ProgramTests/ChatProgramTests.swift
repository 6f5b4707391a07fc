import GatewayTesting
import Glibc
import Testing

/// `ollama-gateway chat`, as it is called from a shell.
@Suite struct ChatProgramTests {
  @Test func helpListsItsOwnOptionsAlone() throws {
    let run = try ProgramRun(["chat", "--help"])
    #expect(run.wait() == 0)
    for option in ["--url", "--key-file", "--session", "--model"] {
      #expect(run.output.contains("  \(option) <"))
    }
    #expect(!run.output.contains("--workers"))
  }

  @Test(arguments: [
    (
      ["chat", "--url", "ftp://h"],
      #"ollama-gateway: --url "ftp://h": takes ws://, wss://, http:// and https:// only"#
    ),
    (
      ["chat", "--url", "wss://user:password@h"], "ollama-gateway: --url: takes no user name and no password"
    ),
    (["chat", "--key", "secret"], "ollama-gateway: Unknown option '--key'"),
    (
      ["chat", "--key-file", "/nowhere/key"],
      #"ollama-gateway: --key-file "/nowhere/key": cannot read it: No such file"#
    ),
    (["chat", "--key-file", "/"], #"ollama-gateway: --key-file "/": cannot read it: Is a directory"#),
    (["chat", "--key-file", "/dev/null"], #"ollama-gateway: --key-file "/dev/null": there is no key in it"#),
    (["chat", "--session", "a/b"], "ollama-gateway: --session takes 1 to 128 characters"),
    (["chat", "--session", ".."], "ollama-gateway: --session takes 1 to 128 characters"),
    (["chat", "--workers", "2"], "ollama-gateway: Unknown option '--workers'"),
    (["--workers", "2", "chat"], "ollama-gateway: Unknown option '--workers': 'chat' takes none"),
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

  @Test(arguments: [
    (["OLLAMA_GATEWAY_KEY": "sec\u{1}ret", "OLLAMA_API_KEY": "good"], "OLLAMA_GATEWAY_KEY"),
    (["OLLAMA_GATEWAY_KEY": "", "OLLAMA_API_KEY": "sec\u{1}ret"], "OLLAMA_API_KEY"),
  ])
  func aKeyOfTheEnvironmentIsChecked(_ environment: [String: String], _ name: String) throws {
    let run = try ProgramRun(["chat"], environment: environment)
    #expect(run.wait() == 64)
    #expect(run.errors.hasPrefix("ollama-gateway: \(name): a key takes visible ASCII characters"))
    #expect(!run.errors.contains("sec"))
  }

  /// Whoever gives a key is told that it goes unencrypted.
  @Test func aKeyInTheClearIsTold() throws {
    let folder = TemporaryFolder()
    let key = folder.file("key", "secret\n")
    chmod(key, 0o600)
    let run = try ProgramRun(["chat", "--url", "http://gateway.invalid:1", "--key-file", key])
    #expect(run.wait() == 1)
    #expect(
      run.errors.hasPrefix("ollama-gateway: the key goes to gateway.invalid for all on the way to read"))
    #expect(!run.errors.contains("secret"))
  }

  @Test func itsVariablesAreNoUnknownSettings() throws {
    let run = try ProgramRun(
      ["check", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1"],
      environment: ["OLLAMA_GATEWAY_URL": "ws://127.0.0.1:1/ws", "OLLAMA_GATEWAY_KEY": "secret"])
    #expect(run.wait() == 1)
    #expect(run.errors.isEmpty, "\(run.errors)")
  }
}
