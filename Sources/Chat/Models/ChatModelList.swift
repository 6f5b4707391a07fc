package import Handling
internal import Configuration
internal import EventLoop
internal import JSON
internal import OllamaAPI
internal import System
internal import Upstreams

/// The models that Ollama has and that can chat. Lives on its worker's loop.
package final class ChatModelList {
  private let context: WorkerContext

  /// How long a list waits to be told what its models can do, all of them together. It is told again for nobody.
  private static let capabilitiesPatience = Duration.seconds(2)

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  /// The models that are offered for chat, and what each can do, as far as Ollama says it in time.
  ///
  /// - Throws: why Ollama does not list them.
  func read(
    for request: GatewayRequest
  ) async throws(RequestFailure) -> [TagsResponse.Model] {
    let models = try await fetchModels(for: request)
    await learnCapabilities(of: models)
    return try await context.visible(offered(models), to: request.grant) { $0.name }
  }

  /// The models that are offered for chat: all but those that can only embed, as far as that is known, and those that spend the
  /// operator's account without his leave.
  func offered(_ models: [TagsResponse.Model]) -> [TagsResponse.Model] {
    models.filter { model in
      guard
        context.settings.configuration.allowCloudModels
          || !(model.isRemote || ModelName.isOfCloud(model.name))
      else { return false }
      return model.canChat ?? model.digest.flatMap(context.services.upstreams.chatModels.canChat) ?? true
    }
  }

  private func fetchModels(
    for request: GatewayRequest
  ) async throws(RequestFailure) -> [TagsResponse.Model] {
    do throws(UpstreamFailure) {
      return try await context.lists.tags(for: .read)
    } catch {
      switch error {
      case .status(..<500, _), .nonsense, .refused: break
      case .status, .transfer, .loginRefused: request.upstreamFailure = "\(error)"
      }
      throw RequestFailure(error)
    }
  }

  /// Asks for the models of which the list does not say what they can do, where nobody has before.
  func learnCapabilities(of models: [TagsResponse.Model]) async {
    let known = context.services.upstreams.chatModels
    var names: [String: String] = [:]
    var digests: [String] = []
    for model in models where model.canChat == nil {
      // Names that stand for others are the last, and no server has them.
      guard let digest = model.digest, names[digest] == nil else { continue }
      names[digest] = model.name
      digests.append(digest)
    }
    var open = known.take(digests, at: context.loop.now)[...]
    let deadline =
      context.loop.now
      + (context.services.intervals.capabilitiesPatience ?? ChatModelList.capabilitiesPatience)
    while let digest = open.popFirst() {
      let left = deadline - context.loop.now
      guard left > .zero, let name = names[digest] else { return known.giveUp([digest] + open) }
      do throws(UpstreamFailure) {
        known.settle(digest, canChat: try await context.upstreams.canChat(name, within: left))
      } catch {
        switch error {
        // Of this model it cannot say it.
        case .status(let status, _) where (400..<500).contains(status) && status != 429:
          known.settle(digest, canChat: nil)
        case .nonsense: known.settle(digest, canChat: nil)
        case .status, .transfer, .refused, .loginRefused:
          // A client that has left says nothing about Ollama.
          return known.giveUp([digest] + open, failure: Task.isCancelled ? nil : context.loop.now)
        }
      }
    }
  }
}
