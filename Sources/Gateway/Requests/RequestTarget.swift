internal import Configuration
internal import HTTPFields
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

/// What the target of a request means here. Clients send few different ones, so a worker keeps what it has read of the last.
/// Lives on its worker's loop.
final class RequestTarget {
  /// As it was sent: path and query.
  let text: String
  /// The decoded path without the base path, and without a slash at its end.
  let path: String
  /// The path without the base path as it was sent; nil when it does not begin with the base path.
  let escapedPath: Substring?
  /// The form that errors of this path have.
  let errorFormat: ErrorFormat
  /// The route of the path and its parameter; nil when there is nothing at it.
  let match: (route: Route, parameter: String)?
  private let query: Substring?
  private let ollama: String

  init(_ request: ServerRequest, _ settings: LiveSettings, _ routes: RouteTable) {
    text = request.target
    let whole = request.escapedPath
    let start = settings.configuration.basePath.end(in: whole)
    let escapedPath = start.map { whole[$0...] }
    self.escapedPath = escapedPath
    path = RequestTarget.routingPath(escapedPath ?? whole)
    errorFormat = ErrorFormat(path: path)
    let match = routes.match(path)
    self.match = match.flatMap { start != nil || $0.route.isAtRoot ? $0 : nil }
    query = request.query
    ollama = settings.ollama.url
  }

  /// The base path as it was sent.
  var base: Substring { escapedPath.map { text[..<$0.startIndex] } ?? "" }

  /// The URL of the same at Ollama: path and query as they came, but for the base path, which is ours, and a slash at the
  /// end: Ollama would redirect.
  private(set) lazy var ollamaURL: String = {
    let path = RequestTarget.withoutTrailingSlashes(escapedPath ?? "")
    return "\(ollama)\(path)" + (query.map { "?\($0)" } ?? "")
  }()

  /// `/x/` and `/x` are the same route.
  private static func routingPath(_ escapedPath: Substring) -> String {
    // The server has refused a path that does not decode.
    let path = withoutTrailingSlashes(Substring(PercentEncoding.decode(escapedPath) ?? ""))
    return path.isEmpty ? "/" : String(path)
  }

  /// Byte by byte: what people take for one character may be a slash with something before or behind it.
  private static func withoutTrailingSlashes(_ path: Substring) -> Substring {
    let bytes = path.utf8
    guard bytes.last == UInt8(ascii: "/") else { return path }
    let last = bytes.lastIndex { $0 != UInt8(ascii: "/") } ?? bytes.startIndex
    return path[..<bytes.index(after: last)]
  }
}
