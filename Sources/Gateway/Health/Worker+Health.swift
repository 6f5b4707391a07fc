internal import Configuration
internal import EventLoop
internal import HTTPClient
internal import HTTPFields
internal import JSON
internal import OllamaAPI
internal import System
internal import Telemetry
internal import Upstreams

extension Worker {
  /// How long a health check waits for Ollama, which answers it without loading a model, however slowly it comes.
  var checkTimeouts: TransferTimeouts {
    TransferTimeouts(
      connect: min(settings.timeouts.connect, .seconds(2)), firstByte: .seconds(5), idle: .seconds(5),
      whole: .seconds(10))
  }

  var ollama: OllamaClient {
    OllamaClient(server: settings.ollama, client: client, reader: reader)
  }

  /// As WebSockets are told them.
  var namesOfModels: [String] {
    get async { await modelNames.read(in: self) }
  }

  /// `GET /` for programs.
  func describeService(_ request: GatewayRequest, fields: FieldSection) {
    let base = settings.configuration.basePath.prefix
    request.respond(fields: fields) { writer in
      writer.object { writer in
        writer.member("app", GatewayVersion.name)
        writer.member("version", GatewayVersion.current)
        writer.member("status", "operational")
        writer.member("docs", base + "/docs")
        writer.member("api", base + "/api/v1/")
        // By these words programs know that they have found an Ollama.
        writer.member("message", "Ollama is running")
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
    let services = [await checkOllama()]
    request.respond { HealthReport.detailed(services, into: &$0) }
  }

  /// `GET /api/v1/health` and what is under it.
  func reportServices(
    _ request: GatewayRequest, _ part: ServiceHealth, named name: String
  ) async throws(RequestFailure) {
    if part == .one && !name.hasSameBytes(as: "ollama") {
      throw RequestFailure(404, "There is no such service.")
    }
    let service = await checkOllama()
    let uptime = loop.now - services.startTime
    request.respond { writer in
      switch part {
      case .summary: HealthReport.summary([service], uptime: uptime, into: &writer)
      case .list: HealthReport.list([service], into: &writer)
      case .one: HealthReport.encode(service, as: "service", into: &writer)
      }
    }
  }

  private func checkOllama() async -> HealthReport.Service {
    let version = try? await ollama.version(timeouts: checkTimeouts)
    return HealthReport.Service(name: "ollama", isHealthy: version != nil)
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
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}
