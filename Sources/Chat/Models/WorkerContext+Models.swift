internal import Access
internal import Handling

// The models that callers may chat with.
extension WorkerContext {
  /// Finds out whether a caller may use a message's model.
  ///
  /// - Parameter then: is called once, perhaps at once, with why not.
  func checkModel(
    of message: ChatMessageRequest, for grant: Grant?, then: @escaping (RequestFailure?) -> Void
  ) {
    guard let grant, grant.restrictsModels else { return then(nil) }
    modelSources.check([message.model], for: grant, looksForCloud: false) { outcome in
      switch outcome {
      case .success: then(nil)
      case .failure(.notAllowed): then(.notAllowed(message.calledModel ?? message.model))
      case .failure(let refusal): then(refusal.requestFailure)
      }
    }
  }

  /// Those of some models that a caller may use.
  func visible<Model>(
    _ models: [Model], to grant: Grant?, by name: (Model) -> String
  ) async throws(RequestFailure) -> [Model] {
    do throws(ModelRefusal) {
      let aliases = settings.aliases
      return try await modelSources.visible(models, to: grant) { model in
        let name = name(model)
        return aliases.model(for: name) ?? name
      }
    } catch {
      throw error.requestFailure
    }
  }
}
