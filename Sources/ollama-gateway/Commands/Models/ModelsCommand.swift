import ArgumentParser

/// `ollama-gateway models`: what the servers of a running gateway have in memory.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Load models into the memory of the servers of a running gateway, and unload them.",
    discussion: """
      The gateway is the one that listens where the settings say. Without a key it lets callers unload, and choose a server, \
      where allow_model_management is on; a key needs the scopes inference and models.manage. The key is taken from --key-file, else from \
      \(ChatCommand.keyVariable), else from the file of admin_key_file.

      Exit codes: 0 when it is done, 64 for a wrong call or setting, 1 when the gateway cannot be reached or does not do it.
      """,
    subcommands: [Load.self, Unload.self])
}
