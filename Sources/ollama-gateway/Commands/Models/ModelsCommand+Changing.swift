import ArgumentParser

extension ModelsCommand {
  /// `models load`
  struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "load", abstract: "Load a model, which stays in memory until it is unloaded.",
      discussion: "Without --server the gateway chooses one. It waits until the model is in memory.")

    @OptionGroup var order: ModelOrderOptions
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws { try await order.perform(.load, settings) }
  }

  /// `models unload`
  struct Unload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unload", abstract: "Unload a model.",
      discussion: "Without --server it leaves the memory of every server.")

    @OptionGroup var order: ModelOrderOptions
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws { try await order.perform(.unload, settings) }
  }
}
