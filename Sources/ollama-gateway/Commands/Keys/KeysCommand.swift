import ArgumentParser

/// `ollama-gateway keys`: the keys by which callers come in, in the store of the service, whether it runs or not.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Make, list, change and delete API keys, whether a gateway runs or not.",
    discussion: """
      A key is named by its public part (the 12 characters behind sk-og-), by its name, or by the key itself in a file. A running \
      gateway notices a change within a second. The settings are those of the service: /etc/ollama-gateway/config.yaml where there \
      is one.

      Exit codes: 0 when it is done, 64 for a wrong call, setting or store, 1 when the store fails or has no such key.
      """,
    subcommands: [
      Add.self, List.self, Show.self, Set.self, Rotate.self, Disable.self, Enable.self, Delete.self,
    ])
}
