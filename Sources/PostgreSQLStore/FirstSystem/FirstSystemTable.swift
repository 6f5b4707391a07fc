package import Access
package import Sessions
internal import System

/// The first system's own table of users, `users`, on a PostgreSQL server: it is read, and nothing of it is changed. Belongs to one thread;
/// its calls block.
package final class FirstSystemTable {
  /// Characters of one text.
  private static let textLimit = 1000
  /// A little more than one statement may take.
  private static let patience = Duration.seconds(35)

  private let connection: Connection
  private let server: Server
  private let statement: String

  /// Where it is, without secrets.
  package var location: String { server.location }

  /// Connects, and finds the table where the role's own `search_path` leads, but not the gateway's own one.
  ///
  /// - Parameters:
  ///   - url: `postgresql://…`, as libpq reads it.
  ///   - password: nil for the address's own, or for what libpq finds where it looks for one.
  package init(url: String, password: String?) throws(StoreError) {
    let server = Server(
      address: try ServerAddress(url, password: password, takesWrites: false),
      settings: SessionSettings(isRelaxed: false))
    self.server = server
    do throws(ServerError) {
      connection = try Connection(server.address)
      try connection.run([.text(FirstSystemTable.settings, [])])
      let found = try connection.run([.text(FirstSystemTable.search, [])]).first
      guard let table = found?.text(0, 0) else {
        throw ServerError("42P01", "there is no table “users” with the columns id, username and email")
      }
      statement = FirstSystemTable.statement(of: table)
    } catch { throw FirstSystemTable.failure(error, server) }
  }

  /// Users of higher ids than one, the lowest first.
  ///
  /// - Parameter limit: how many at most.
  package func users(after id: Int, limit: Int) throws(StoreError) -> [FirstSystemUser] {
    let result: QueryResult?
    do throws(ServerError) {
      let command = Command.text(statement, [Parameter(id), Parameter(max(0, limit))])
      result = try connection.run([command], patience: FirstSystemTable.patience).first
    } catch { throw FirstSystemTable.failure(error, server) }
    guard let result else { return [] }
    var users: [FirstSystemUser] = []
    for row in 0..<result.rows {
      guard let user = result.firstSystemUser(row) else {
        throw StoreError(.corrupt, "a row of the table of users at \(server.location) has no id or no name")
      }
      users.append(user)
    }
    return users
  }

  // MARK: Statements

  private static let settings = """
    SELECT set_config('default_transaction_read_only', 'on', false), set_config('statement_timeout', '30000', false), \
    set_config('TimeZone', 'UTC', false)
    """

  /// The table's name as SQL takes it.
  private static let search = """
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'users' AND n.nspname = ANY (current_schemas(false)) AND n.nspname <> '\(Schema.name)'
      AND 3 = (SELECT count(*) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname IN ('id', 'username', 'email'))
    ORDER BY array_position(current_schemas(false), n.nspname) LIMIT 1
    """

  /// Columns that a table does not have are NULL, as later ones came by and by.
  private static func statement(of table: String) -> String {
    let texts = ["username", "email", "full_name", "hashed_password"].map {
      "left(found.document ->> '\($0)', \(textLimit))"
    }
    let flags = ["is_active", "is_superuser", "is_verified"].map {
      "(found.document ->> '\($0)')::boolean"
    }
    let times = ["verified_at", "created_at", "updated_at", "last_login", "password_changed_at"].map {
      let time = "(found.document ->> '\($0)')::timestamptz"
      return "CASE WHEN isfinite(\(time)) THEN (extract(epoch FROM \(time)) * 1000)::bigint END"
    }
    return """
      SELECT found.number, \((texts + flags + times).joined(separator: ", "))
      FROM (SELECT u.id::bigint AS number, to_jsonb(u) AS document FROM \(table) u
        WHERE u.id::bigint > $1::bigint ORDER BY u.id::bigint LIMIT $2::bigint) found
      ORDER BY found.number
      """
  }

  /// Nobody has it but who asks: what is wrong is not our store's.
  private static func failure(_ error: ServerError, _ server: Server) -> StoreError {
    let place = "the first system's users at \(server.location)"
    return switch error.cause {
    case .away: StoreError(.away, "\(place) cannot be reached: \(error.message)")
    case .login: StoreError(.unusable, "\(place) are not for this user to read: \(error.message)")
    case .full, .readOnly, .corrupt, .taken, .data:
      StoreError(.unusable, "\(place) cannot be read: \(error.message)")
    }
  }
}

extension QueryResult {
  /// A row of ``FirstSystemTable``; nil without an id or a name.
  fileprivate func firstSystemUser(_ row: Int) -> FirstSystemUser? {
    guard let id = integer(row, 0), let name = text(row, 1) else { return nil }
    var user = FirstSystemUser(
      id: id, escapedName: name, email: text(row, 2), escapedFullName: text(row, 3),
      // Nobody is active of whom the table does not say it.
      passwordHash: text(row, 4), isActive: isTrue(row, 5), isAdministrator: isTrue(row, 6),
      isVerified: isTrue(row, 7))
    user.verifiedAt = time(row, 8)
    user.createdAt = time(row, 9)
    user.updatedAt = time(row, 10)
    user.lastLoginAt = time(row, 11)
    user.passwordChangedAt = time(row, 12)
    return user
  }
}
