import ArgumentParser
import Configuration
import CrashReport
import Gateway
import Glibc
import ServiceManager

/// The program. What is wrong with the way it is called or configured is one line on standard error and exit code 64
/// (`EX_USAGE` of sysexits.h).
@main enum Program {
  /// The main thread waits for signals; the work is done on others.
  static func main() {
    ProcessSignals.block()
    let task = task()
    if task.isServing { reportCrashes() }
    let signals = ProcessSignals()
    Task.detached { leave(await perform(task, signals)) }
    signals.watch(isHeeded: task.isServing)
  }

  /// What the command line, the environment and the file ask for; ends the process when they ask for something wrong, or
  /// for `--help`.
  private static func task() -> GatewayTask {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == GatewayCommand.chat { return chat(Array(arguments.dropFirst())) }
    do {
      return try GatewayCommand.parse().task()
    } catch let error as ConfigurationError {
      leave(.validationFailure, saying: error.description)
    } catch {
      leave(for: error, of: GatewayCommand.self)
    }
  }

  private static func chat(_ arguments: [String]) -> GatewayTask {
    do {
      return .chat(try ChatCommand.parse(arguments).settings())
    } catch {
      leave(for: error, of: ChatCommand.self)
    }
  }

  private static func perform(_ task: GatewayTask, _ signals: ProcessSignals) async -> ExitCode {
    switch task {
    case .serve(let effective, let sources):
      await ServeCommand(effective, sources).run(until: signals)
    case .check(let effective): await CheckCommand(effective).run()
    case .health(let configuration): await HealthCommand.perform(configuration)
    case .chat(let settings): await ChatCommand.perform(settings)
    }
  }

  /// What ArgumentParser throws: its texts for `--help`, `--version` and shell completion, and its errors, whose text has
  /// the usage too: of that, the message alone.
  private static func leave(for error: any Error, of command: any ParsableCommand.Type) -> Never {
    let code = command.exitCode(for: error)
    guard code == .success else {
      let message = command.message(for: error).split(whereSeparator: \.isNewline).joined(
        separator: " ")
      leave(code, saying: "\(message) (\(command._commandName) --help lists what there is)")
    }
    print(command.fullMessage(for: error))
    leave(.success)
  }

  /// Unless somebody has chosen who deals with crashes: Swift's own reporter, which shows registers and memory, or with
  /// `SWIFT_BACKTRACE=enable=no` nobody, or a sanitizer.
  private static func reportCrashes() {
    let environment = ProcessEnvironment.variables
    guard environment["SWIFT_BACKTRACE"] == nil else { return }
    CrashReport.install(
      version: GatewayVersion.current,
      isForJournal: JournalStream.isBehind(STDERR_FILENO, environment: environment))
  }

  private static func leave(_ code: ExitCode, saying message: String? = nil) -> Never {
    if let message { StandardError.complain(message) }
    exit(code.rawValue)
  }
}
