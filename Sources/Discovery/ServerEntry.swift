internal import Configuration

/// An entry of the setting or of a file that is a server, or stands for those of a name; with what its files hold.
struct ServerEntry: Sendable, Equatable {
  let server: OllamaServer
  let secrets: ServerSecrets

  init(_ server: OllamaServer, _ secrets: ServerSecrets) {
    self.server = server
    self.secrets = secrets
  }

  /// Reads what its files hold. Blocks.
  init(reading server: OllamaServer) throws(ConfigurationError) {
    self.init(server, try ServerSecrets(of: server))
  }

  /// What is asked of DNS for it.
  var question: NameQuestion? { NameQuestion(server.place) }
}
