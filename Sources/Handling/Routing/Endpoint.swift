/// What one method of a path does, what the API's document says of it, and with which statuses it can fail. Lives on its
/// worker's loop.
///
/// A class, as a request finds it and must not copy its documentation.
package final class Endpoint {
  /// As requests have it: `GET`.
  package let method: String
  /// Who may come to it.
  package let rule: RouteRule
  /// None goes without.
  package let operation: Operation
  /// The statuses of failures beside ``commonFailures``.
  package let failures: [Int]
  /// What it does.
  package let handler: Handler

  /// The statuses with which any request can fail, before anything looks at its path: a bad head, a foreign host or origin,
  /// a client that is too slow or holds too much, too many clients, a gateway that goes down.
  package static let commonFailures = [400, 403, 408, 429, 431, 501, 503]

  /// The statuses of all failures, in order: where not everybody may come, that of who shows no key as well.
  package var allFailures: [Int] {
    Set(Endpoint.commonFailures + failures + (rule == .open || rule == .known ? [] : [401])).sorted()
  }

  /// - Parameters: see the properties.
  package init(
    _ method: String, _ rule: RouteRule, _ operation: Operation, failures: [Int] = [], _ handler: Handler
  ) {
    self.method = method
    self.rule = rule
    self.operation = operation
    self.failures = failures
    self.handler = handler
  }
}

extension Endpoint {
  /// An endpoint of GET, which is HEAD's as well.
  package static func get(
    _ rule: RouteRule, _ operation: Operation, failures: [Int] = [], _ handler: Handler
  ) -> Endpoint {
    Endpoint("GET", rule, operation, failures: failures, handler)
  }

  /// An endpoint of POST.
  package static func post(
    _ rule: RouteRule, _ operation: Operation, failures: [Int] = [], _ handler: Handler
  ) -> Endpoint {
    Endpoint("POST", rule, operation, failures: failures, handler)
  }

  /// An endpoint of PUT.
  package static func put(
    _ rule: RouteRule, _ operation: Operation, failures: [Int] = [], _ handler: Handler
  ) -> Endpoint {
    Endpoint("PUT", rule, operation, failures: failures, handler)
  }

  /// An endpoint of PATCH.
  package static func patch(
    _ rule: RouteRule, _ operation: Operation, failures: [Int] = [], _ handler: Handler
  ) -> Endpoint {
    Endpoint("PATCH", rule, operation, failures: failures, handler)
  }

  /// An endpoint of DELETE.
  package static func delete(
    _ rule: RouteRule, _ operation: Operation, failures: [Int] = [], _ handler: Handler
  ) -> Endpoint {
    Endpoint("DELETE", rule, operation, failures: failures, handler)
  }
}
