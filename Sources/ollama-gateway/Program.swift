import ArgumentParser
import Configuration
import CrashReport
import Gateway
import Glibc
import ServiceManager
import Sessions

/// The program. What is wrong with the way it is called or configured is one line on standard error and exit code 64
/// (`EX_USAGE` of sysexits.h).
@main enum Program {
  /// The main thread waits for signals; the work is done on others.
  static func main() {
    StandardDescriptors.fill()
    ProcessSignals.block()
    // The task that runs it has it for itself: nothing here looks at it any more.
    nonisolated(unsafe) let command = command()
    let isServing = command is ServeCommand
    if isServing { reportCrashes() }
    Task.detached { await run(command) }
    ProcessSignals.shared.watch(isHeeded: isServing)
  }

  /// What the command line asks for; ends the process when it asks for something wrong.
  private static func command() -> any ParsableCommand {
    if let place = ProcessArguments.malformed {
      leave(
        .validationFailure,
        saying: "argument \(place) is no UTF-8, as all that is said here must be, names of files too")
    }
    if let name = ProcessEnvironment.malformed {
      leave(
        .validationFailure,
        saying: "the variable \(name) is no UTF-8, as all that is said here must be, names of files too")
    }
    do {
      return try GatewayCommand.parseAsRoot(Array(ProcessArguments.all.dropFirst()))
    } catch {
      leave(for: error)
    }
  }

  /// `--help` and `--version` are commands as well, which end by an error that has the text.
  private static func run(_ command: sending any ParsableCommand) async -> Never {
    do {
      var command = command
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      leave(for: error)
    }
    leave(.success)
  }

  /// Ends the process for what a command has thrown: a bad setting; the exit code of a command that has said why; what
  /// ArgumentParser throws, its texts for `--help`, `--version` and shell completion, and its errors. Their text has the
  /// usage too: of that, the message alone.
  private static func leave(for error: any Error) -> Never {
    if let error = error as? ConfigurationError { leave(.validationFailure, saying: error.description) }
    if let error = error as? StoreError { leave(error.exitCode, saying: error.description) }
    if let code = error as? ExitCode { leave(code) }
    let code = GatewayCommand.exitCode(for: error)
    guard code == .success else {
      let message =
        unknownCommand
        ?? GatewayCommand.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
      leave(code, saying: "\(message) (\(named) --help lists what there is)")
    }
    print(GatewayCommand.fullMessage(for: error))
    leave(.success)
  }

  /// How the program was called: its name, and those of the subcommand and of that one's.
  private static var named: String {
    var names = [GatewayCommand._commandName]
    var command: any ParsableCommand.Type = GatewayCommand.self
    for argument in ProcessArguments.all.dropFirst() {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == argument })
      else { break }
      names.append(argument)
      command = next
    }
    return names.joined(separator: " ")
  }

  /// The names of the subcommands.
  private static let subcommands = GatewayCommand.configuration.subcommands.map { $0._commandName }

  /// ArgumentParser knows an unknown subcommand only as an argument too many.
  private static var unknownCommand: String? {
    guard let first = ProcessArguments.all.dropFirst().first, !first.hasPrefix("-"),
      !subcommands.contains(first)
    else { return nil }
    return
      "Unknown command '\(first)': takes \(subcommands.dropLast().joined(separator: ", ")) or \(subcommands.last ?? "")"
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
