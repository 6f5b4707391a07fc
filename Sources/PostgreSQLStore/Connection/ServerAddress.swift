internal import CPostgreSQL
internal import Glibc
internal import Sessions

/// Where a server is and how it is logged in to: an address as libpq reads it. It holds a password, perhaps, and prints none.
struct ServerAddress: Sendable, CustomStringConvertible, CustomReflectable {
  /// For people: without secrets.
  let location: String
  /// How long one server may take to let us in.
  let connectTimeout: Duration
  /// What libpq is given, for each server that is named. It goes from one to the next by itself, but not where one lets us in and
  /// then says nothing.
  private let servers: [[String: String]]

  /// - Parameters:
  ///   - url: `postgresql://…`, with several hosts and parameters, perhaps.
  ///   - password: it comes before one in the address, and before the places where libpq looks for one.
  ///   - takesWrites: whether a server that takes none is gone past.
  /// - Throws: `unusable`.
  init(_ url: String, password: String?, takesWrites: Bool = true) throws(StoreError) {
    guard url.utf8.starts(with: "postgresql://".utf8) || url.utf8.starts(with: "postgres://".utf8) else {
      throw StoreError(.unusable, "the address of a PostgreSQL server begins with postgresql://")
    }
    var given = try ServerAddress.parse(url)
    location = ServerAddress.location(given)
    // As libpq has it: less than two seconds is none, and nothing or zero is for ever, which nobody here waits.
    let seconds = given["connect_timeout"].flatMap { Int($0) } ?? 0
    connectTimeout = .seconds(seconds <= 0 ? 3 : min(max(seconds, 2), 60))
    if let password { given["password"] = password }
    // Readers as well: what was committed before a read is in it, which no standby promises.
    if takesWrites { given["target_session_attrs"] = "read-write" }
    given["client_encoding"] = "UTF8"
    given["fallback_application_name"] = "ollama-gateway"
    // A machine that is gone is noticed within half a minute, from either side.
    for (keyword, value) in [
      ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
    ]
    where given[keyword] == nil {
      given[keyword] = value
    }
    servers = ServerAddress.split(given)
  }

  var description: String { location }
  /// Nothing of it is printed, by whatever prints all of a value.
  var customMirror: Mirror { Mirror(self, children: []) }

  /// How many servers are named, or left to libpq: at least 1.
  var serverCount: Int { servers.count }

  /// Calls with keywords and values for one of the servers, each with nil at its end.
  func withParameters<Value>(
    ofServer index: Int,
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Value
  ) -> Value {
    let parameters = servers[index]
    let keywords = parameters.map { strdup($0.key) }
    let values = parameters.map { strdup($0.value) }
    defer { for text in keywords + values { free(text) } }
    return (keywords.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keywords in
      (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
        guard let keywords = keywords.baseAddress, let values = values.baseAddress else {
          preconditionFailure("both have their end at least")
        }
        return body(keywords, values)
      }
    }
  }

  /// What the address itself says.
  private static func parse(_ url: String) throws(StoreError) -> [String: String] {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(url, &message) else {
      defer { PQfreemem(message) }
      // Its own words quote from the address, where a password may be: they end before that.
      let words = message.map { String(cString: $0).prefix { $0 != "\"" && $0 != "\n" } } ?? "out of memory"
      throw StoreError(.unusable, "the address of the PostgreSQL server cannot be read: \(words)…")
    }
    defer { PQconninfoFree(options) }
    var given: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    return given
  }

  /// One for each server. Where the lists of an address do not fit each other, libpq says so.
  private static func split(_ given: [String: String]) -> [[String: String]] {
    var lists: [String: [Substring]] = [:]
    for keyword in ["host", "hostaddr", "port"] {
      lists[keyword] = given[keyword]?.split(separator: ",", omittingEmptySubsequences: false)
    }
    let count = max(lists["host"]?.count ?? 1, lists["hostaddr"]?.count ?? 1)
    if let ports = lists["port"], ports.count == 1 {
      lists["port"] = Array(repeating: ports[0], count: count)
    }
    guard lists.values.allSatisfy({ $0.count == count }) else { return [given] }
    return (0..<count).map { index in given.merging(lists.mapValues { String($0[index]) }) { $1 } }
  }

  /// The address without what may be secret.
  private static func location(_ given: [String: String]) -> String {
    let hosts = (given["host"] ?? given["hostaddr"] ?? "").split(
      separator: ",", omittingEmptySubsequences: false)
    let ports = (given["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
    let user = given["user"].map { "\($0)@" } ?? ""
    let database = given["dbname"] ?? ""
    if let folder = hosts.first, folder.utf8.first == UInt8(ascii: "/") {
      // By it the socket of a server has its name: two of one folder differ in nothing else.
      let port = given["port"].map { "&port=\($0)" } ?? ""
      return "postgresql://\(user)/\(database)?host=\(hosts.joined(separator: ","))\(port)"
    }
    let places = hosts.indices.map { index in
      let host = hosts[index].utf8.contains(UInt8(ascii: ":")) ? "[\(hosts[index])]" : "\(hosts[index])"
      let port = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
      return port.isEmpty ? host : "\(host):\(port)"
    }
    return "postgresql://\(user)\(places.joined(separator: ","))/\(database)"
  }
}
