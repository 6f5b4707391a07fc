import Configuration
import Issuers
import Upstreams

/// What `check` asks over HTTP. Tests have responses of their own.
protocol CheckProbe: Sendable {
  /// Asks an Ollama server who it is, what models it has, and what the one of this name can do.
  func askOllama(_ server: UpstreamServer, about model: String, connectTimeout: Duration) async
    -> OllamaReport
  /// Asks whether a gateway listens at an address that is taken.
  func isGateway(at address: ListenAddress) async -> Bool
  /// Asks an issuer of tokens for its documents.
  func askIssuer(_ settings: IssuerSettings) async -> IssuerTrial
}

/// The probe that asks the servers themselves.
struct HTTPCheckProbe: CheckProbe {
  /// How long a gateway may take to say that it is one: it asks nobody for that.
  private static let patience = Duration.seconds(2)

  func askOllama(
    _ server: UpstreamServer, about model: String, connectTimeout: Duration
  ) async -> OllamaReport {
    await OllamaServerProbe(server, connectTimeout: connectTimeout).ask(about: model)
  }

  func isGateway(at address: ListenAddress) async -> Bool {
    await GatewayProbe(address, patience: Self.patience).isGateway()
  }

  func askIssuer(_ settings: IssuerSettings) async -> IssuerTrial {
    do {
      return try await BriefHTTPClient.use { await Issuer(settings, secret: nil).trial(by: $0) }
    } catch {
      return .away("\(error)")
    }
  }
}
