import ArgumentParser

/// `ollama-gateway store`: what is done with stores as a whole.
struct StoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Copy all that a store has into another one, while no gateway runs.",
    subcommands: [Copy.self])
}
