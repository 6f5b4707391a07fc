internal import Bytes
internal import Configuration
internal import HTTPFields
package import HTTPServer
package import OllamaAPI
internal import Upstreams

/// What the target of a request means here. Clients send few different ones, so a worker keeps what it has read of the last.
/// Lives on its worker's loop.
package final class RequestTarget {
  /// As it was sent: path and query.
  package let text: String
  /// The decoded path without the base path, and without a slash at its end.
  package let path: String
  /// The path as it was sent, but with one slash where there were several in a row.
  private let wholePath: Substring
  /// The same without the base path; nil when it does not begin with that.
  package let escapedPath: Substring?
  /// The form that errors of this path have.
  package let errorFormat: ErrorFormat
  /// The route of the path and its parameter; nil when there is nothing at it.
  package let match: (route: Route, parameter: String)?
  /// For a path without a route of its own that Ollama may serve: where it is.
  package let folder: Folder?
  /// Where the same is at, for a path with several slashes in a row; nil for any other.
  package let cleanAddress: String?
  private let query: Substring?

  /// Reads a target. What it costs is bounded by the longest head.
  package init(_ request: ServerRequest, _ settings: LiveSettings, _ router: Router) {
    text = request.target
    let whole = RequestTarget.withSingleSlashes(request.escapedPath)
    wholePath = whole
    let basePath = settings.configuration.basePath
    let start = basePath.end(in: whole)
    let escapedPath = start.map { whole[$0...] }
    self.escapedPath = escapedPath
    path = RequestTarget.routingPath(escapedPath ?? whole)
    errorFormat = ErrorFormat(path: path)
    let match = router.match(path)
    self.match = match.flatMap { start != nil || $0.route.isAtRoot ? $0 : nil }
    folder = match == nil && start != nil ? router.folder(of: path) : nil
    query = request.query
    cleanAddress =
      whole.utf8.count == request.escapedPath.utf8.count
      ? nil : RequestTarget.address(of: whole, escapedPath, request.query, basePath)
  }

  /// The base path as it was sent.
  package var base: Substring { escapedPath.map { wholePath[..<$0.startIndex] } ?? "" }

  /// The same at Ollama: path and query as they came, but for the base path, which is ours, slashes in a row, and
  /// one at the end: Ollama would redirect. A key of the gateway's that the query holds stays here.
  package private(set) lazy var upstreamPath: String = {
    let path = RequestTarget.withoutTrailingSlashes(escapedPath ?? "")
    return String(path) + (query.map(RequestTarget.withoutKey) ?? "")
  }()

  /// The query with its question mark; none where it has nothing but a key.
  private static func withoutKey(_ query: Substring) -> String {
    let pairs = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
    let kept = pairs.filter { pair in
      let name = PercentEncoding.decodeForm(pair.prefix { $0 != UInt8(ascii: "=") })
      return !name.hasSameBytes(as: Doorkeeper.queryParameter)
    }
    guard kept.count < pairs.count else { return "?\(query)" }
    return kept.isEmpty ? "" : "?" + kept.map { String(Substring($0)) }.joined(separator: "&")
  }

  /// `/x/` and `/x` are the same route.
  private static func routingPath(_ escapedPath: Substring) -> String {
    // The server has refused a path that does not decode.
    let path = withoutTrailingSlashes(Substring(PercentEncoding.decode(escapedPath) ?? ""))
    return path.isEmpty ? "/" : String(path)
  }

  /// Only slashes that stand there as such, no `%2F`.
  private static func withSingleSlashes(_ path: Substring) -> Substring {
    let slash = UInt8(ascii: "/")
    guard zip(path.utf8, path.utf8.dropFirst()).contains(where: { $0 == slash && $1 == slash }) else {
      return path
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(path.utf8.count)
    for byte in path.utf8 where byte != slash || bytes.last != slash { bytes.append(byte) }
    return Substring(String(decoding: bytes, as: UTF8.self))
  }

  /// An address on this host in any case: it begins with one slash, and what browsers take for a second one, a backslash, is
  /// escaped.
  private static func address(
    of whole: Substring, _ escapedPath: Substring?, _ query: Substring?, _ basePath: BasePath
  ) -> String {
    var address: [UInt8] = []
    for byte in (escapedPath.map { basePath.prefix + $0 } ?? String(whole)).utf8 {
      if byte == UInt8(ascii: "\\") { address += "%5C".utf8 } else { address.append(byte) }
    }
    return String(decoding: address, as: UTF8.self) + (query.map { "?\($0)" } ?? "")
  }

  /// Byte by byte: what people take for one character may be a slash with something before or behind it.
  private static func withoutTrailingSlashes(_ path: Substring) -> Substring {
    let bytes = path.utf8
    guard bytes.last == UInt8(ascii: "/") else { return path }
    let last = bytes.lastIndex { $0 != UInt8(ascii: "/") } ?? bytes.startIndex
    return path[..<bytes.index(after: last)]
  }
}
