import Configuration
import HTTPClient
import JSON
import OllamaAPI
import Upstreams

/// Asks an Ollama server who it is and what models it has.
struct OllamaServerProbe: Sendable {
  private let url: OllamaURL
  private let timeouts: TransferTimeouts

  /// How long an Ollama may take to say its version or its models, for which it loads nothing.
  private static let patience = Duration.seconds(10)
  /// The most bytes of a response: ``OllamaClient`` has a lower bound for each.
  private static let responseLimit = 8 << 20

  init(_ url: OllamaURL, connectTimeout: Duration) {
    self.url = url
    timeouts = TransferTimeouts(connect: connectTimeout, firstByte: Self.patience, idle: Self.patience)
  }

  /// Asks `GET /api/version` and `GET /api/tags`; and `POST /api/show` for the model of this name, where the list has it
  /// and does not say whether it can chat.
  func ask(about model: String) async -> OllamaReport {
    do {
      return try await BriefHTTPClient.use { client in
        let ollama = OllamaClient(
          server: OllamaServer(url: "\(url)"), client: client,
          reader: JSONReader(maximumBytes: Self.responseLimit))
        do throws(OllamaFailure) {
          return try await report(of: ollama, about: model)
        } catch {
          return .failed("\(error)")
        }
      }
    } catch {
      return .failed("\(error)")
    }
  }

  private func report(of ollama: OllamaClient, about model: String) async throws(OllamaFailure)
    -> OllamaReport
  {
    let version = try await ollama.version(timeouts: timeouts)
    var models = try await ollama.models(timeouts: timeouts).map {
      OllamaReport.Model(name: $0.name, isRemote: $0.isRemote, canChat: $0.canChat)
    }
    if let index = models.firstIndex(where: { $0.isNamed(model) }), models[index].canChat == nil {
      models[index].canChat = try await ollama.canChat(models[index].name, timeouts: timeouts)
    }
    return .ollama(version: version, models: models)
  }
}
