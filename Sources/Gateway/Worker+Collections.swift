extension Worker {
  /// A worker that serves all that the gateway serves.
  ///
  /// - Parameter context: of a loop, whose thread this is.
  convenience init(_ context: WorkerContext) {
    let chat = ChatEndpoints(context)
    var collections: [any RouteCollection] = [
      chat, SessionEndpoints(context), SocketEndpoints(context, chat.models), ConnectionEndpoints(context),
      RelayEndpoints(context), HealthEndpoints(context), MetricsEndpoints(context), PageEndpoints(context),
    ]
    // It documents the others.
    collections.append(DocumentEndpoints(context, describing: collections.flatMap(\.routes)))
    self.init(context, serving: collections)
  }
}
