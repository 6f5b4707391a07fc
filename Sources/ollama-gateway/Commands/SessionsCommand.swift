import ArgumentParser

/// `ollama-gateway sessions`: looks at the stored sessions, and deletes some, whether a gateway runs or not.
struct SessionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "List, show, export, adopt and delete stored sessions, whether a gateway runs or not.",
    discussion: """
      A session is named by its key, as list prints it: its id, or for an id that a client has chosen the id, @ and the owner. \
      The settings are those of the service: /etc/ollama-gateway/config.yaml where there is one.

      Exit codes: 0 when it is done, 64 for a wrong call, setting or store, 1 when the store fails or has no such session.
      """,
    subcommands: [List.self, Show.self, Export.self, Adopt.self, Delete.self])
}
