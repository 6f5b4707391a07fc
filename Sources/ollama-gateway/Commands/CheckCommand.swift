import ArgumentParser
import ChatClient
import Configuration

/// `ollama-gateway check`: shows the settings and tries them out. Exit code 1 when anything is wrong.
struct CheckCommand {
  private let effective: EffectiveConfiguration

  init(_ effective: EffectiveConfiguration) { self.effective = effective }

  func run() async -> ExitCode {
    let report = await ConfigurationCheck(effective, probe: HTTPCheckProbe()).run()
    // An Ollama says its version, and files their values.
    for line in report.lines { print(TerminalText.line(line)) }
    return report.isFine ? .success : .failure
  }
}
