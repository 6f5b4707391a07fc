/// Finds the route of a path.
struct RouteTable: Sendable {
  /// Every route, in the order in which people read them.
  static let routes =
    chat + sessions + webSockets + ollama + models + openAI + anthropic + health + service + testing

  /// Numbers of what has no route: see ``pattern(of:)``.
  static let unknown = 0
  static let preflight = 1

  /// For what is under Ollama's own folders without a route here: newer Ollamas have more paths than these. They have no
  /// endpoints: what is done with a request is told by ``RelayRoute/other(_:_:)``.
  private let others: [(prefix: StaticString, route: Route)]
  private let exact: [String: Route]
  /// The bytes of the longest path without a parameter: a longer one is not hashed, which can be dear.
  private let longestExact: Int
  private let parametric: [(shape: PathShape, route: Route)]
  /// By ``Route/number``.
  private let patterns: [String]

  init(_ routes: [Route] = RouteTable.routes) {
    var exact: [String: Route] = [:]
    var parametric: [(shape: PathShape, route: Route)] = []
    var patterns = ["unknown", "preflight"]
    for var route in routes {
      route.number = patterns.count
      patterns.append(route.pattern)
      guard let shape = PathShape(route.pattern) else {
        precondition(exact.updateValue(route, forKey: route.pattern) == nil, "\(route.pattern) stands twice")
        continue
      }
      parametric.append((shape, route))
    }
    others = ["/api/", "/v1/"].map { (prefix: StaticString) in
      var route = Route("\(prefix)*")
      route.number = patterns.count
      patterns.append(route.pattern)
      return (prefix, route)
    }
    self.exact = exact
    longestExact = exact.keys.map(\.utf8.count).max() ?? 0
    self.patterns = patterns
    // The more special first: `…/{id}/stream` before `…/{id}`.
    self.parametric = parametric.sorted { $0.shape.fixedBytes > $1.shape.fixedBytes }
  }

  /// What logs and metrics call a request: the pattern of the route with this number, and never a path that a client chose.
  func pattern(of number: Int) -> String { patterns[number] }

  /// For a decoded path that has no route of its own. None is for the gateway's own folder, nor for a path that Ollama takes
  /// for another one.
  func other(_ path: String) -> Route? {
    let bytes = path.utf8
    let own = "/api/v1".utf8
    if bytes.starts(with: own), [nil, UInt8(ascii: "/")].contains(bytes.dropFirst(own.count).first) {
      return nil
    }
    let slash = UInt8(ascii: "/")
    guard !zip(bytes, bytes.dropFirst()).contains(where: { $0 == slash && $1 == slash }) else { return nil }
    return others.first { prefix, _ in
      bytes.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    }?.route
  }

  /// The route of a decoded path without a slash at its end, and the value of its parameter.
  ///
  /// Byte by byte: an accent that follows a slash makes one character of both, and belongs to the parameter all the same.
  func match(_ path: String) -> (route: Route, parameter: String)? {
    let bytes = path.utf8
    if bytes.count <= longestExact, let route = exact[path] { return (route, "") }
    for (shape, route) in parametric {
      if let parameter = shape.parameter(in: bytes) { return (route, parameter) }
    }
    return nil
  }
}
