import ArgumentParser
import ChatClient
import Configuration

/// `ollama-gateway check`: shows the settings and tries them out. Exit code 1 when anything is wrong.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Show the effective settings, and try addresses, the store, Ollama servers and the issuer.",
    discussion: "The settings are those of the service: /etc/ollama-gateway/config.yaml where there is one.")

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func run() async throws {
    let sources = settings.sources.ofTheService
    let report = await ConfigurationCheck(
      try sources.resolve(), probe: HTTPCheckProbe(), environment: sources.environment
    ).run()
    // An Ollama says its version, and files their values.
    for line in report.lines { print(TerminalText.line(line)) }
    guard report.isFine else { throw ExitCode.failure }
  }
}
