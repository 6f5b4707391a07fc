import HTTPClient
import JSON
import OllamaAPI
import Upstreams

/// Asks an Ollama server who it is and what models it has.
struct OllamaServerProbe: Sendable {
  private let server: UpstreamServer
  private let timeouts: UpstreamTimeouts

  /// The most bytes of a response: ``UpstreamClient`` has a lower bound for each.
  private static let responseLimit = 8 << 20

  init(_ server: UpstreamServer, connectTimeout: Duration) {
    self.server = server
    timeouts = UpstreamTimeouts(connect: connectTimeout, firstByte: nil, idle: nil)
  }

  /// Asks `GET /api/version` and `GET /api/tags`; and `POST /api/show` for the model of this name, where the list has it
  /// and does not say whether it can chat.
  func ask(about model: String) async -> OllamaReport {
    do {
      return try await BriefHTTPClient.use { client in
        let upstreams = UpstreamClient(
          http: client, pool: UpstreamPool([server]), timeouts: timeouts,
          reader: JSONReader(maximumBytes: Self.responseLimit))
        do throws(UpstreamFailure) {
          return try await report(of: upstreams, about: model)
        } catch {
          return .failed("\(error)")
        }
      }
    } catch {
      return .failed("\(error)")
    }
  }

  private func report(
    of upstreams: UpstreamClient, about model: String
  ) async throws(UpstreamFailure) -> OllamaReport {
    let version = try await upstreams.version(for: .read)
    var models = try await upstreams.models(for: .read).map {
      OllamaReport.Model(name: $0.name, isRemote: $0.isRemote, canChat: $0.canChat)
    }
    if let index = models.firstIndex(where: { $0.isNamed(model) }), models[index].canChat == nil {
      models[index].canChat = try await upstreams.canChat(models[index].name, within: .seconds(10))
    }
    return .ollama(version: version, models: models)
  }
}
