import ArgumentParser
import Configuration

/// `ollama-gateway health`: asks the gateway that listens where the settings say whether it is ready. One line, and exit
/// code 0 or 1: for container engines and scripts.
enum HealthCommand {
  static func perform(_ configuration: Configuration) async -> ExitCode {
    switch await GatewayProbe(configuration.listen[0]).readiness() {
    case .ready:
      print("ready")
      return .success
    case .notReady(let reason):
      print("not ready: \(reason)")
      return .failure
    }
  }
}
