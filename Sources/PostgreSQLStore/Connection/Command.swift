/// A statement that each connection prepares once.
struct Statement: Sendable {
  let name: String
  /// With `$1` and so on. Numbers are bigint, so that PostgreSQL finds the types by itself.
  let sql: String

  init(_ name: String, _ sql: String) {
    self.name = name
    self.sql = sql
  }
}

/// What a server is sent, some in one go.
enum Command: Sendable {
  case prepare(Statement)
  case prepared(Statement, [Parameter])
  /// One statement by its text.
  case text(String, [Parameter])

  /// About how many bytes it is.
  var size: Int {
    switch self {
    case .prepare(let statement): statement.sql.utf8.count
    case .prepared(_, let parameters), .text(_, let parameters):
      parameters.reduce(64) { $0 + ($1.bytes?.count ?? 0) }
    }
  }
}
