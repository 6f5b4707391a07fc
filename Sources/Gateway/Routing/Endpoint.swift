/// What one method of a path does, what the API's document says of it, and with which statuses it can fail. Lives on its
/// worker's loop.
///
/// A class, as a request finds it and must not copy its documentation.
final class Endpoint {
  let method: String
  /// None goes without.
  let operation: Operation
  /// The statuses of failures beside ``commonFailures``.
  let failures: [Int]
  let handler: Handler

  /// The statuses with which any request can fail, before anything looks at its path: a bad head, a foreign host or origin,
  /// a client that is too slow or holds too much, too many clients, a gateway that goes down.
  static let commonFailures = [400, 403, 408, 429, 431, 501, 503]

  init(_ method: String, _ operation: Operation, failures: [Int] = [], _ handler: Handler) {
    self.method = method
    self.operation = operation
    self.failures = failures
    self.handler = handler
  }
}

extension Endpoint {
  static func get(_ operation: Operation, failures: [Int] = [], _ handler: Handler) -> Endpoint {
    Endpoint("GET", operation, failures: failures, handler)
  }

  static func post(_ operation: Operation, failures: [Int] = [], _ handler: Handler) -> Endpoint {
    Endpoint("POST", operation, failures: failures, handler)
  }

  static func delete(_ operation: Operation, failures: [Int] = [], _ handler: Handler) -> Endpoint {
    Endpoint("DELETE", operation, failures: failures, handler)
  }
}
