internal import Handling

// Names that stand for models.
extension ChatMessageRequest {
  /// The same with the model that its name stands for.
  func resolved(by aliases: ModelAliases) -> ChatMessageRequest {
    guard let model = aliases.model(for: model) else { return self }
    var resolved = self
    resolved.calledModel = self.model
    resolved.model = model
    return resolved
  }
}

extension ChatSocketMessage {
  /// The same with the model that its name stands for.
  func resolved(by aliases: ModelAliases) -> ChatSocketMessage {
    guard !aliases.isEmpty else { return self }
    return switch self {
    case .chat(let request): .chat(request.resolved(by: aliases))
    case .text(let request, let includesContext):
      .text(request.resolved(by: aliases), includesContext: includesContext)
    default: self
    }
  }
}
