import ArgumentParser
import Configuration

/// `ollama-gateway serve`: runs the gateway until a signal stops it.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the gateway.")

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func run() async throws {
    let sources = settings.sources
    let service = GatewayService(try sources.resolve(), sources)
    let code = await service.run(until: ProcessSignals.shared)
    guard code == 0 else { throw ExitCode(code) }
  }
}
