internal import Handling
internal import System
internal import JSON
internal import OllamaAPI
internal import Telemetry
internal import Upstreams

extension ChatEndpoints {
  /// `GET /api/v1/chat/models`.
  func listModels(_ request: GatewayRequest) async throws(RequestFailure) {
    let models = try await self.models.read(for: request)
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
        writer.member("ollama_url", context.upstreamName)
      }
    }
  }

  /// `GET /api/v1/models`, in the first system's form.
  func listModelNames(_ request: GatewayRequest) async throws(RequestFailure) {
    let models = try await self.models.read(for: request)
    request.respond { writer in
      writer.object { writer in
        writer.key("models")
        writer.array { writer in
          for model in models { writer.string(model.name) }
        }
        writer.key("available_detailed")
        writer.array { writer in
          for model in models {
            writer.object { writer in
              writer.member("name", model.name)
              writer.member("provider", "ollama")
              writer.member("size", model.size)
              writer.member("available", true)
            }
          }
        }
        // What there is to download only Ollama's registry knows.
        writer.key("downloadable")
        writer.array { _ in }
        writer.member("count", models.count)
        writer.member("note", "These are the models that can chat; sizes are in bytes.")
      }
    }
  }

  /// `GET /api/v1/chat/health`.
  func reportHealth(_ request: GatewayRequest) async {
    let outcome: Result<Int, UpstreamFailure>
    do throws(UpstreamFailure) {
      let models = try await context.lists.tags(for: .check)
      let visible = try? await context.visible(models, to: request.grant) { $0.name }
      outcome = .success(visible?.count ?? 0)
    } catch {
      outcome = .failure(error)
    }
    request.respond { writer in
      writer.object { writer in
        writer.member("status", outcome.isSuccess ? "healthy" : "unhealthy")
        writer.member("ollama_url", context.upstreamName)
        switch outcome {
        case .success(let count): writer.member("model_count", count)
        case .failure(let error): writer.member("error", "\(error)")
        }
        context.upstreams.pool.counts?.encode(into: &writer)
        writer.member("timestamp", Timestamp.now.iso8601)
      }
    }
  }
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}
