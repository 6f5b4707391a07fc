import Access
import ArgumentParser
import Configuration

/// What `models load` and `models unload` take.
struct ModelOrderOptions: ParsableArguments {
  @Argument(help: "The model's name.") var model: String
  @Option(help: ArgumentHelp("A server's name. Repeatable.", valueName: "NAME")) var server: [String] = []
  @Option(
    help: ArgumentHelp("A file with the key; - is standard input.", valueName: "FILE"), completion: .file())
  var keyFile: String?

  func validate() throws {
    guard let name = ModelGlob(model), !name.isPattern else {
      throw ValidationError("takes a model's name such as llama3.1:8b, not \"\(model)\"")
    }
    for name in server where ServerName(name) == nil {
      throw ValidationError("--server takes a name of 1-63 of a-z 0-9 -, not \"\(name)\"")
    }
  }

  /// - Throws: the exit code where it has not been done; why is said by then.
  func perform(_ action: GatewayModelOrder.Action, _ settings: SettingOptions) async throws {
    let configuration = try settings.sources.resolve().configuration
    let order = GatewayModelOrder(action, model, servers: server, key: try key(configuration))
    switch await GatewayProbe(configuration.listen[0], patience: GatewayModelOrder.patience)
      .perform(order, under: configuration.basePath)
    {
    case .done: print("\(action.past) \(model)")
    case .refused(let reason):
      StandardError.complain(reason)
      throw ExitCode.failure
    }
  }

  private func key(_ configuration: Configuration) throws -> String? {
    if let keyFile { return try KeyFile.read(keyFile) }
    if let key = ProcessEnvironment.variables[ChatCommand.keyVariable], !key.isEmpty { return key }
    // Who may not read it may do without.
    return try? configuration.adminKeyFile.map { try KeyFile.read($0) }
  }
}
