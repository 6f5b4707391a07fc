internal import Handling

/// A path of Ollama's that is relayed: what the relay does with each of its methods, and what the API's document says of it.
struct RelayedPath: Sendable {
  let pattern: String
  let methods: [Method]

  struct Method: Sendable {
    let name: String
    let route: RelayRoute
    let operation: Operation

    static func get(_ route: RelayRoute, _ operation: Operation) -> Self {
      Self(name: "GET", route: route, operation: operation)
    }

    static func post(_ route: RelayRoute, _ operation: Operation) -> Self {
      Self(name: "POST", route: route, operation: operation)
    }

    static func delete(_ route: RelayRoute, _ operation: Operation) -> Self {
      Self(name: "DELETE", route: route, operation: operation)
    }

    static func head(_ route: RelayRoute, _ operation: Operation) -> Self {
      Self(name: "HEAD", route: route, operation: operation)
    }
  }

  init(_ pattern: String, _ methods: Method...) {
    self.pattern = pattern
    self.methods = methods
  }
}
