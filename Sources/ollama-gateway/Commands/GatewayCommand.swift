import ArgumentParser
import Configuration
import Gateway

/// The command line. The settings are options of the whole, so that `--help` shows every one, and they may stand before a
/// subcommand and behind it.
struct GatewayCommand: AsyncParsableCommand {
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
    version: GatewayVersion.current,
    subcommands: [
      ServeCommand.self, CheckCommand.self, HealthCommand.self, ChatCommand.self, BackupCommand.self,
      RestoreCommand.self, KeysCommand.self, UsersCommand.self, TeamsCommand.self, UsageCommand.self,
      ModelsCommand.self,
      SessionsCommand.self, StoreCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)

  @OptionGroup(title: "Settings") var settings: SettingOptions
}
