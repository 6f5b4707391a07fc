import ArgumentParser
import Configuration

/// `ollama-gateway health`: asks the gateway that listens where the settings say whether it is ready. One line, and exit
/// code 0 or 1: for container engines and scripts.
struct HealthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Ask the gateway that runs by these settings whether it is ready.",
    discussion: "The settings are those of the service: /etc/ollama-gateway/config.yaml where there is one.")

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func run() async throws {
    switch await GatewayProbe(try settings.sources.ofTheService.resolve().configuration.listen[0]).readiness()
    {
    case .ready: print("ready")
    case .notReady(let reason):
      print("not ready: \(reason)")
      throw ExitCode.failure
    }
  }
}
