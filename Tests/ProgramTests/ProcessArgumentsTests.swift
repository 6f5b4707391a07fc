import ArgumentParser
import GatewayTesting
import Glibc
import Testing

@testable import ollama_gateway

/// The arguments are those of the process, wherever its environment lies.
@Suite struct ProcessArgumentsTests {
  // MARK: The file

  @Test(arguments: [
    ("gateway\0", ["gateway"]), ("gateway\0--workers\02\0", ["gateway", "--workers", "2"]),
    ("gateway\0\0\0", ["gateway", "", ""]), ("gateway\0\0--a\0", ["gateway", "", "--a"]), ("\0", [""]),
    ("gateway\0Grüße\0", ["gateway", "Grüße"]),
  ])
  func eachEndsWithAZero(_ text: String, _ arguments: [String]) {
    let folder = TemporaryFolder()
    #expect(ProcessArguments.read(folder.file("cmdline", Array(text.utf8))) == arguments)
  }

  /// As of a process that has ended, or has written over its arguments.
  @Test(arguments: ["", "gateway", "gateway\0--workers"])
  func whatDoesNotEndWithAZeroIsNotTaken(_ text: String) {
    let folder = TemporaryFolder()
    #expect(ProcessArguments.read(folder.file("cmdline", Array(text.utf8))) == nil)
  }

  @Test func aFileThatIsNotThereIsNotTaken() {
    let folder = TemporaryFolder()
    #expect(ProcessArguments.read("\(folder.path)/cmdline") == nil)
    #expect(ProcessArguments.read(folder.path) == nil)
  }

  @Test func bytesThatAreNoTextStayOneArgument() {
    let folder = TemporaryFolder()
    let found = ProcessArguments.read(folder.file("cmdline", [0x67, 0, 0xFF, 0, 0x62, 0]))
    #expect(found == ["g", "\u{FFFD}", "b"])
  }

  @Test func thoseOfTheTestItself() {
    #expect(ProcessArguments.read("/proc/self/cmdline") == CommandLine.arguments)
  }

  @Test("What is no UTF-8 is refused: a file of another name would be written") func malformed() throws {
    let folder = TemporaryFolder()
    let store = "sqlite:\(folder.path)/gateway.db"
    for (script, words) in [
      (#"exec "$0" backup "$(printf 'b\377.db')" "$@""#, "argument 2 is no UTF-8"),
      (
        #"OLLAMA_GATEWAY_STORE="$(printf 'sqlite:b\377.db')" exec "$0" check "$@""#,
        "OLLAMA_GATEWAY_STORE is no UTF-8"
      ),
      (#"HOME="$(printf '/b\377')" exec "$0" check "$@""#, "HOME is no UTF-8"),
    ] {
      let run = try ProgramRun(
        ["--store", store], environment: ["PATH": "/usr/bin:/bin"],
        under: ["sh", "-c", "cd \(folder.path) && \(script)"])
      #expect(run.wait() == 64)
      #expect(run.errors.contains(words), "\(run.errors)")
      #expect(!run.errors.contains("b\u{FFFD}"))
    }
    // One that the program does not read is nobody's matter.
    let run = try ProgramRun(
      ["--version"], environment: ["PATH": "/usr/bin:/bin"],
      under: ["sh", "-c", #"OTHER="$(printf '\377')" exec "$0" "$@""#])
    #expect(run.wait() == 0)
  }

  // MARK: The program, with a library that moves the environment while it is loaded

  private let preload: PreloadLibrary

  init() throws { preload = try PreloadLibrary("environment") }

  private func run(_ arguments: [String]) throws -> ProgramRun {
    // The variable that the library sets is not inherited: it would not have to move anything for it then.
    try ProgramRun(arguments, environment: ["LD_PRELOAD": preload.path])
  }

  @Test func theVersionIsTold() throws {
    let run = try run(["--version"])
    #expect(run.wait() == 0)
    #expect(run.output.split(separator: ".").count == 3, "\(run.output) \(run.errors)")
  }

  @Test func flagsAreSettings() throws {
    let run = try run([
      "check", "--workers", "3", "--listen", "127.0.0.1:0", "--store", "memory", "--ollama",
      "http://127.0.0.1:1",
    ])
    // Nothing listens at port 1.
    #expect(run.wait() == 1)
    let rows = run.output.split(separator: "\n").map {
      $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    for row in ["workers 3 (flag --workers)", "store memory (flag --store)"] {
      #expect(rows.contains(row), "\(run.output) \(run.errors)")
    }
  }

  @Test func itListensWhereItIsTold() async throws {
    let run = try run([
      "serve", "--listen", "127.0.0.9:0", "--store", "memory", "--ollama", "http://127.0.0.1:1",
    ])
    try await run.waitForError("ready")
    #expect(run.errors.contains("127.0.0.9:"), "\(run.errors)")
    run.signal(SIGTERM)
    #expect(run.wait() == 0)
  }

  /// The paths of all commands that have none below them.
  private static func commands(
    below command: any ParsableCommand.Type = GatewayCommand.self, _ path: [String] = []
  ) -> [[String]] {
    let subcommands = command.configuration.subcommands
    if subcommands.isEmpty { return [path] }
    return subcommands.flatMap { commands(below: $0, path + [$0.configuration.commandName ?? ""]) }
  }

  @Test("Each command is the one that was called", arguments: commands())
  func helpIsThatOfTheCommand(_ command: [String]) throws {
    let run = try run(command + ["--help"])
    #expect(run.wait() == 0)
    // One that is meant where no other is named has no name of its own.
    let name = (["ollama-gateway"] + command.filter { !$0.isEmpty }).joined(separator: " ")
    #expect(run.output.contains("USAGE: \(name) "), "\(run.output) \(run.errors)")
  }

  @Test(arguments: [[], ["serve"], ["check"], ["health"], ["keys", "list"]])
  func aWrongOptionIsRefused(_ command: [String]) throws {
    let run = try run(command + ["--nonsense"])
    #expect(run.wait() == 64)
    #expect(run.errors.hasPrefix("ollama-gateway: Unknown option '--nonsense'"), "\(run.errors)")
  }
}
