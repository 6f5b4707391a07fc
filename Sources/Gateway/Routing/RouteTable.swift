/// Finds the route of a path.
struct RouteTable: Sendable {
  /// Every route, in the order in which people read them.
  static let routes =
    chat + sessions + webSockets + ollama + models + openAI + anthropic + health + service + testing

  /// Numbers of what has no route: see ``pattern(of:)``.
  static let unknown = 0
  static let preflight = 1

  private let exact: [String: Route]
  private let parametric: [(prefix: String, suffix: String, route: Route)]
  /// By ``Route/number``.
  private let patterns: [String]

  init(_ routes: [Route] = RouteTable.routes) {
    var exact: [String: Route] = [:]
    var parametric: [(prefix: String, suffix: String, route: Route)] = []
    var patterns = ["unknown", "preflight"]
    for var route in routes {
      route.number = patterns.count
      patterns.append(route.pattern)
      guard let open = route.pattern.firstIndex(of: "{"), let close = route.pattern.firstIndex(of: "}") else {
        precondition(exact.updateValue(route, forKey: route.pattern) == nil, "\(route.pattern) stands twice")
        continue
      }
      parametric.append(
        (
          String(route.pattern[..<open]), String(route.pattern[route.pattern.index(after: close)...]), route
        ))
    }
    self.exact = exact
    self.patterns = patterns
    // The more special first: `…/{id}/stream` before `…/{id}`.
    self.parametric = parametric.sorted { $0.suffix.count > $1.suffix.count }
  }

  /// What logs and metrics call a request: the pattern of the route with this number, and never a path that a client chose.
  func pattern(of number: Int) -> String { patterns[number] }

  /// The route of a decoded path without a slash at its end, and the value of its parameter.
  func match(_ path: String) -> (route: Route, parameter: String)? {
    if let route = exact[path] { return (route, "") }
    for (prefix, suffix, route) in parametric
    where path.hasPrefix(prefix) && path.hasSuffix(suffix)
      && path.utf8.count > prefix.utf8.count + suffix.utf8.count
    {
      return (route, String(path.dropFirst(prefix.count).dropLast(suffix.count)))
    }
    return nil
  }
}
