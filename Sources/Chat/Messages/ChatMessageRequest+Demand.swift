internal import Accounts
internal import OllamaAPI
internal import Sessions

extension ChatMessageRequest {
  /// What the message asks of its model, without the session's earlier messages: which of these go along is known once it has its
  /// turn.
  func demand(isStream: Bool) -> Demand {
    Demand(
      textBytes: message.utf8.count + (system?.utf8.count ?? 0), images: images.count,
      askedOutput: options.maximumTokens, isStream: isStream)
  }
}
