import ArgumentParser
import Configuration
import Gateway

/// `ollama-gateway check`: shows the settings and tries them out. Exit code 1 when anything is wrong.
struct CheckCommand {
  private let effective: EffectiveConfiguration

  init(_ effective: EffectiveConfiguration) { self.effective = effective }

  func run() async -> ExitCode {
    let report = await ConfigurationCheck(effective, probe: OllamaServerProbe()).run()
    for line in report.lines { print(line) }
    return report.isFine ? .success : .failure
  }
}
