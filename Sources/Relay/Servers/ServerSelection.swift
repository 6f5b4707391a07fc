internal import Bytes
internal import Fleet
internal import Handling
internal import HTTPFields
internal import Upstreams

/// The servers that a client has named for a request which changes them: by `X-Gateway-Servers`, or `?server=` where that is
/// missing.
enum ServerSelection: Equatable {
  /// It has named none.
  case none
  /// All of the list, whether they are up or not.
  case all
  case names([String])

  /// Names that are looked at.
  private static let limit = 128

  /// - Parameters:
  ///   - field: of the request's head; several are one, with commas between.
  ///   - path: with the query.
  init(field: String?, path: String) {
    guard let text = field ?? ServerSelection.parameter(of: path) else {
      self = .none
      return
    }
    let names = text.utf8.split(separator: UInt8(ascii: ",")).prefix(ServerSelection.limit + 1).map {
      String(Substring($0.trimmed { ASCII.isBlank($0) }))
    }
    self = names.count == 1 && names[0].hasSameBytes(as: "all") ? .all : .names(names)
  }

  /// - Parameter tellsNames: whether clients may hear of servers' names.
  /// - Throws: 400 for a name that no server has.
  func servers(
    among servers: UpstreamServers, tellsNames: Bool = true
  ) throws(RequestFailure) -> [UpstreamServers.Entry]? {
    switch self {
    case .none: return nil
    case .all: return servers.entries
    case .names(let names):
      guard names.count <= ServerSelection.limit else {
        throw RequestFailure(400, "the request names more than \(ServerSelection.limit) Ollama servers")
      }
      var entries: [UpstreamServers.Entry] = []
      for name in names {
        guard let entry = servers.entries.first(where: { $0.name.hasSameBytes(as: name) })
        else { throw ServerSelection.unknown(among: servers, tellsNames: tellsNames) }
        if !entries.contains(entry) { entries.append(entry) }
      }
      guard !entries.isEmpty else {
        throw RequestFailure(
          400, "X-Gateway-Servers takes all, or names of Ollama servers with commas between")
      }
      return entries
    }
  }

  private static func unknown(among servers: UpstreamServers, tellsNames: Bool) -> RequestFailure {
    let known = tellsNames ? "; there are: \(servers.entries.map(\.name).joined(separator: ", "))" : ""
    return RequestFailure(400, "no Ollama server has the name that the request gives\(known)")
  }

  private static let name = "server"

  private static func parameter(of path: String) -> String? {
    guard let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    var values: [String] = []
    for pair in path.utf8[path.utf8.index(after: query)...].split(separator: UInt8(ascii: "&"))
    where isServer(pair) {
      let value = pair.firstIndex(of: UInt8(ascii: "=")).map { pair[pair.index(after: $0)...] }
      values.append(PercentEncoding.decodeForm(value ?? pair[pair.endIndex...]))
    }
    return values.isEmpty ? nil : values.joined(separator: ",")
  }

  private static func isServer(_ pair: Substring.UTF8View) -> Bool {
    PercentEncoding.decodeForm(pair.prefix { $0 != UInt8(ascii: "=") }).hasSameBytes(as: name)
  }

  /// A path without the parameter, which is the gateway's.
  static func stripped(_ path: String) -> String {
    guard let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return path }
    let pairs = path.utf8[path.utf8.index(after: query)...].split(
      separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
    guard pairs.contains(where: isServer) else { return path }
    let kept = pairs.filter { !isServer($0) }.map { String(Substring($0)) }
    return String(path[..<query]) + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
  }
}
