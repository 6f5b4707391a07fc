/// A path that the gateway serves, and what each method of it does. Lives on its worker's loop.
package final class Route {
  /// The path, with parameters in braces; the last may span several segments. Never with a slash at its end. Of two
  /// parameters the value is both, with what stands between them.
  package let pattern: String
  /// HEAD goes where GET goes, unless it has one of its own.
  package let endpoints: [Endpoint]
  /// Its place among ``RouteNumbers``: a name that costs nothing to pass on and to compare. The ``Router`` gives it.
  package var number = RouteNumbers.unknown

  /// - Parameters: see the properties.
  package init(_ pattern: String, _ endpoints: Endpoint...) {
    self.pattern = pattern
    self.endpoints = endpoints
  }

  /// - Parameters: see the properties.
  package init(_ pattern: String, _ endpoints: [Endpoint]) {
    self.pattern = pattern
    self.endpoints = endpoints
  }

  /// Whether the path is served at the root as well when there is a base path: load balancers ask past the proxy.
  package var isAtRoot: Bool { pattern == "/health" || pattern.hasPrefix("/health/") }

  /// The endpoint of a method; HEAD falls back on GET.
  package func endpoint(of method: String) -> Endpoint? {
    let exact = endpoints.first { $0.method == method }
    if exact == nil && method == "HEAD" { return endpoint(of: "GET") }
    return exact
  }

  /// The value of `Allow` (RFC 9110 section 10.2.1).
  package var allowedMethods: String {
    var methods = endpoints.map(\.method)
    if methods.contains("GET") && !methods.contains("HEAD") { methods.append("HEAD") }
    methods.append("OPTIONS")
    return methods.joined(separator: ", ")
  }
}
