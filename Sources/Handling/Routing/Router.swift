/// Finds the route of a path. Lives on its worker's loop.
package final class Router {
  /// All routes, in the order in which people read them.
  package let routes: [Route]
  private let folders: [Folder]
  private let exact: [String: Route]
  /// The bytes of the longest path without a parameter: a longer one is not hashed, which can be dear.
  private let longestExact: Int
  private let parametric: [(shape: PathShape, route: Route)]
  /// By their numbers.
  private let patterns: [String]

  /// - Parameters:
  ///   - routes: each pattern once; anything else is a mistake of the program and ends it.
  ///   - folders: the first that has a path is meant.
  ///   - numbers: those of all workers.
  package init(_ routes: [Route], folders: [Folder] = [], numbers: RouteNumbers) {
    var exact: [String: Route] = [:]
    var parametric: [(shape: PathShape, route: Route)] = []
    for route in routes {
      route.number = numbers.number(of: route.pattern)
      guard let shape = PathShape(route.pattern) else {
        precondition(exact.updateValue(route, forKey: route.pattern) == nil, "\(route.pattern) stands twice")
        continue
      }
      parametric.append((shape, route))
    }
    for folder in folders { folder.number = numbers.number(of: folder.pattern) }
    self.routes = routes
    self.folders = folders
    self.exact = exact
    longestExact = exact.keys.map(\.utf8.count).max() ?? 0
    patterns = numbers.patterns
    // The more special first: `…/{id}/stream` before `…/{id}`.
    self.parametric = parametric.sorted { $0.shape.fixedBytes > $1.shape.fixedBytes }
  }

  /// What logs and metrics call a request: the pattern of the route with this number, and never a path that a client chose.
  package func pattern(of number: Int) -> String { patterns[number] }

  /// The folder of a decoded path that has no route of its own. None is for the gateway's own folder, nor for a path that
  /// Ollama takes for another one.
  package func folder(of path: String) -> Folder? {
    let bytes = path.utf8
    let own = "/api/v1".utf8
    if bytes.starts(with: own), [nil, UInt8(ascii: "/")].contains(bytes.dropFirst(own.count).first) {
      return nil
    }
    let slash = UInt8(ascii: "/")
    guard !zip(bytes, bytes.dropFirst()).contains(where: { $0 == slash && $1 == slash }) else { return nil }
    return folders.first { bytes.starts(with: $0.prefix.utf8) }
  }

  /// The route of a decoded path without a slash at its end, and the value of its parameter.
  ///
  /// Byte by byte: an accent that follows a slash makes one character of both, and belongs to the parameter all the same.
  package func match(_ path: String) -> (route: Route, parameter: String)? {
    let bytes = path.utf8
    if bytes.count <= longestExact, let route = exact[path] { return (route, "") }
    for (shape, route) in parametric {
      if let parameter = shape.parameter(in: bytes) { return (route, parameter) }
    }
    return nil
  }
}
