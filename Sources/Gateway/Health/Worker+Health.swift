internal import Configuration
internal import HTTPClient
internal import HTTPFields
internal import JSON
internal import OllamaAPI
internal import Telemetry
internal import Upstreams

extension Worker {
  /// How long a health check waits for Ollama, which answers it without loading a model.
  var checkTimeouts: TransferTimeouts {
    TransferTimeouts(
      connect: min(settings.timeouts.connect, .seconds(2)), firstByte: .seconds(5), idle: .seconds(5))
  }

  var ollama: OllamaClient {
    OllamaClient(server: settings.ollama, client: client, reader: reader)
  }

  /// `GET /` for programs.
  func describeService(_ request: GatewayRequest, fields: FieldSection) {
    let base = settings.configuration.basePath.prefix
    request.respond(fields: fields) { writer in
      writer.object { writer in
        writer.member("app", GatewayVersion.name)
        writer.member("version", GatewayVersion.current)
        writer.member("status", "running")
        writer.key("endpoints")
        writer.object { writer in
          writer.member("chat", base + "/api/v1/chat/")
          writer.member("ollama", base + "/api/")
          writer.member("openai", base + "/v1/")
          writer.member("anthropic", base + "/v1/messages")
          writer.member("health", base + "/health")
          writer.member("openapi", base + "/openapi.json")
          writer.member("docs", base + "/docs")
        }
      }
    }
  }

  /// `GET /health/detailed`.
  func reportHealth(_ request: GatewayRequest) async {
    let isHealthy = (try? await ollama.version(timeouts: checkTimeouts)) != nil
    request.respond { HealthReport.detailed([("ollama", isHealthy)], into: &$0) }
  }

  /// `GET /health/ready`.
  func reportReadiness(_ request: GatewayRequest) async throws(RequestFailure) {
    if services.isDraining { throw .shuttingDown }
    do throws(OllamaFailure) {
      _ = try await ollama.version(timeouts: checkTimeouts)
    } catch {
      throw RequestFailure(
        503, "No Ollama can be reached (\(error)).", headerFields: [("Retry-After", "5")])
    }
    // The question took its time.
    if services.isDraining { throw .shuttingDown }
    request.respond { writer in writer.object { $0.member("status", "ready") } }
  }

  /// `GET /api/v1/chat/models`.
  func listModels(_ request: GatewayRequest) async throws(RequestFailure) {
    request.upstream = settings.ollama.url
    let models = try await fetchModels()
    request.respond { writer in
      writer.object { writer in
        writer.key("models")
        writer.array { writer in
          for model in models {
            writer.object { writer in
              writer.member("name", model.name)
              writer.member("size", model.size)
              writer.member("modified", model.modifiedAt)
            }
          }
        }
        writer.member("count", models.count)
        writer.member("ollama_url", settings.ollama.url)
      }
    }
  }

  /// `GET /api/v1/chat/health`.
  func reportChatHealth(_ request: GatewayRequest) async {
    let outcome: Result<Int, OllamaFailure>
    do throws(OllamaFailure) {
      outcome = .success(try await ollama.models(timeouts: checkTimeouts).count)
    } catch {
      outcome = .failure(error)
    }
    request.respond { writer in
      writer.object { writer in
        writer.member("status", outcome.isSuccess ? "healthy" : "unhealthy")
        writer.member("ollama_url", settings.ollama.url)
        switch outcome {
        case .success(let count): writer.member("model_count", count)
        case .failure(let error): writer.member("error", "\(error)")
        }
        writer.member("timestamp", ISO8601.text(ISO8601.now))
      }
    }
  }

  private func fetchModels() async throws(RequestFailure) -> [TagsResponse.Model] {
    do throws(OllamaFailure) {
      return try await ollama.models(timeouts: settings.readTimeouts)
    } catch {
      switch error {
      case .transfer(let error): throw RequestFailure(error)
      case .status(let status, let delay) where status == 429 || status == 503:
        throw RequestFailure(status, "Ollama: \(error).", retryAfter: delay)
      case .status, .nonsense: throw RequestFailure(502, "Ollama: \(error).")
      }
    }
  }
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}
