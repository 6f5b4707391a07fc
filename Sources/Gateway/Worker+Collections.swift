internal import Administration
internal import Relay
internal import SignIn
internal import Pages
internal import Operations
internal import Chat
internal import APIReference
internal import Handling

extension Worker {
  /// A worker that serves all that the gateway serves.
  ///
  /// - Parameters:
  ///   - context: of a loop, whose thread this is.
  ///   - documents: those of all workers.
  ///   - administration: that of all workers.
  ///   - desk: that of all workers.
  convenience init(
    _ context: WorkerContext, _ documents: DocumentCache, _ administration: Administration, _ desk: SignInDesk
  ) {
    let chat = ChatEndpoints(context)
    var collections: [any RouteCollection] = [
      chat, SessionEndpoints(context), SocketEndpoints(context, chat.models),
      ConnectionEndpoints(context),
      RelayEndpoints(context), ServerEndpoints(context), KeyEndpoints(context, administration),
      UserEndpoints(context, administration), TeamEndpoints(context, administration),
      UsageEndpoints(context, administration), LiteLLMEndpoints(context, administration),
      LiteLLMUserEndpoints(context, administration),
      AccountEndpoints(context, desk), BrowserEndpoints(context, desk), OwnKeyEndpoints(context, desk),
      IssuerEndpoints(context, desk),
      HealthEndpoints(context), MetricsEndpoints(context),
      PageEndpoints(context),
    ]
    // It documents the others.
    collections.append(DocumentEndpoints(context, documents, describing: collections.flatMap(\.routes)))
    self.init(context, serving: collections)
  }
}
