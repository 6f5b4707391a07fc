import ArgumentParser
import Configuration
import Gateway

/// The command line: what to do, and the settings. There is one list of options for all subcommands, so that `--help` shows
/// every one.
struct GatewayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ollama-gateway",
    abstract:
      "A gateway in front of Ollama: its APIs for many clients, and a chat API with sessions.",
    discussion: """
      Every setting can be given as a flag, as an environment variable and as a key of the YAML file named by --config; \
      a flag beats the environment, which beats the file. The key is the flag's name with _ for -. Durations are written \
      250ms, 5s, 10m, 24h; sizes 65536, 64KiB, 64MB. In the environment, values of a repeatable setting are parted by \
      commas. Where a service manager hands over a credential \(ConfigurationCredential.name), it is such a file as well: \
      it beats the one of --config, and the environment beats it. SIGHUP reads the files again; SIGTERM lets running \
      answers end.

      Exit codes: 0 after an orderly stop, 64 for a wrong call or setting, 1 when the gateway cannot start, check \
      finds something wrong or the gateway asked by health is not ready.
      """,
    version: GatewayVersion.current)

  /// The command that is not of this kind: ``ChatCommand``.
  static let chat = "chat"

  /// As text: ArgumentParser would complain of a command `2` where `--worker 2` has a misspelt option.
  @Argument(
    help: ArgumentHelp(
      """
      serve (default): run the gateway. check: show the effective settings and try the addresses and Ollama. \
      health: ask the gateway that runs by these settings whether it is ready. chat: talk to a running gateway; has \
      options of its own, see chat --help.
      """,
      valueName: "command"),
    completion: .list(["serve", "check", "health", "chat"]))
  var subcommand = "serve"

  @OptionGroup(title: "Settings") var settings: SettingOptions

  /// What to do. Reads the environment and the files.
  ///
  /// - Throws: ``ConfigurationError``, or what ArgumentParser makes of an unknown command.
  func task() throws -> GatewayTask {
    switch subcommand {
    case "serve": .serve(try settings.sources.resolve(), settings.sources)
    case "check": .check(try settings.sources.resolve())
    case "health": .health(try settings.sources.resolve().configuration)
    case Self.chat:
      throw ValidationError("The command 'chat' comes first and takes none of the gateway's settings")
    default:
      throw ValidationError(
        "Unknown command '\(subcommand)': takes serve, check or health, or chat before all options")
    }
  }
}
