internal import Sessions

extension Query {
  /// Of keys, teams and sessions that change hands.
  var accessWritingSQL: String {
    switch self {
    case .copySession:
      """
      INSERT INTO sessions (key, owner, title, title_number, created_at, updated_at, message_count, last_number, last_author, epoch)
      SELECT ?2, ?3, title, title_number, created_at, updated_at, message_count, last_number, last_author, ?4
      FROM sessions WHERE key = ?1
      ON CONFLICT (key) DO NOTHING
      """
    case .giveSession: "UPDATE sessions SET owner = ?2, epoch = ?3 WHERE key = ?1"
    case .moveMessages: "UPDATE messages SET session_key = ?2 WHERE session_key = ?1"
    case .moveImages: "UPDATE images SET session_key = ?2 WHERE session_key = ?1"
    case .moveGenerations: "UPDATE generations SET session_key = ?2 WHERE session_key = ?1"
    case .addKey:
      """
      INSERT INTO api_keys (id, name, hash, revision, document) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
      """
    // Twice the same is once: so this one changes as well what it has changed before.
    case .changeKey:
      """
      UPDATE api_keys SET name = ?2, hash = ?3, revision = ?4, document = ?5
      WHERE id = ?1 AND (revision = ?4 - 1 OR revision = ?4 AND document = ?5)
      """
    case .deleteKey: "DELETE FROM api_keys WHERE id = ?1"
    case .addTeam: "INSERT INTO teams (name, revision, document) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
    case .changeTeam:
      """
      UPDATE teams SET revision = ?2, document = ?3
      WHERE name = ?1 AND (revision = ?2 - 1 OR revision = ?2 AND document = ?3)
      """
    case .deleteTeam: "DELETE FROM teams WHERE name = ?1"
    case .closeAccess: "UPDATE access SET closed_at = ?1 WHERE place = 1 AND closed_at IS NULL"
    case .countAccessChange: "UPDATE access SET revision = revision + 1 WHERE place = 1"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }

  var usageWritingSQL: String {
    switch self {
    // One that is there already changes nothing: that is how the writer knows.
    case .beginFlush:
      """
      INSERT INTO usage_flushes (run, n, flushed_at) VALUES (?1, ?2, ?3)
      ON CONFLICT (run) DO UPDATE SET n = excluded.n, flushed_at = excluded.flushed_at WHERE n < excluded.n
      """
    case .addUsage:
      """
      INSERT INTO usage_hour (hour, key_id, team, user_name, model, \(Self.figures.joined(separator: ", ")))
      VALUES (\((1...5 + Self.figures.count).map { "?\($0)" }.joined(separator: ", ")))
      ON CONFLICT (hour, key_id, team, user_name, model) DO UPDATE SET
        \(Self.figures.map { "\($0) = \(Self.sum(of: $0))" }.joined(separator: ", "))
      """
    case .addToCounter:
      """
      INSERT INTO budget_counters (subject, counter, window_start, amount) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (subject, counter, window_start) DO UPDATE SET amount = \(Self.sum(of: "amount"))
      """
    case .dropUsage: "DELETE FROM usage_hour WHERE hour < ?1"
    // Of a key those of its users as well, whose names stand behind a colon: a semicolon is what follows it.
    case .dropCounters:
      """
      DELETE FROM budget_counters WHERE subject = ?1 OR (substr(?1, 1, 4) = 'key:'
        AND subject >= 'user:' || substr(?1, 5) || ':' AND subject < 'user:' || substr(?1, 5) || ';')
      """
    case .dropOldCounters: "DELETE FROM budget_counters WHERE window_start > 0 AND window_start < ?1"
    case .dropOldFlushes: "DELETE FROM usage_flushes WHERE flushed_at < ?1"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }

  var accessReadingSQL: String {
    switch self {
    case .accessState: "SELECT closed_at, revision, last_user FROM access WHERE place = 1"
    case .keys:
      "SELECT id, name, hash, revision, document FROM api_keys WHERE id >= '' ORDER BY id LIMIT ?1"
    case .key: "SELECT id, name, hash, revision, document FROM api_keys WHERE id = ?1"
    case .teams: "SELECT name, revision, document FROM teams WHERE name >= '' ORDER BY name LIMIT ?1"
    case .team: "SELECT name, revision, document FROM teams WHERE name = ?1"
    case .usage:
      """
      SELECT CASE ?3 WHEN 0 THEN 0 ELSE hour / ?3 * ?3 END, iif(?4, key_id, ''), iif(?5, team, ''), iif(?6, user_name, ''),
        iif(?7, model, ''), \(Self.figures.map { "CAST(max(-9.0e18, min(total(\($0)), 9.0e18)) AS INTEGER)" }.joined(separator: ", "))
      FROM usage_hour
      WHERE hour >= ?1 AND hour < ?2 AND (?8 IS NULL OR key_id = ?8) AND (?9 IS NULL OR team = ?9)
        AND (?10 IS NULL OR user_name = ?10) AND (?11 IS NULL OR model = ?11)
      GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT ?12 OFFSET ?13
      """
    case .usageOfAll:
      """
      SELECT hour, key_id, team, user_name, model, \(Self.figures.joined(separator: ", ")) FROM usage_hour
      WHERE (hour, key_id, team, user_name, model) > (?1, ?2, ?3, ?4, ?5)
      ORDER BY hour, key_id, team, user_name, model LIMIT ?6
      """
    case .counters:
      "SELECT subject, counter, window_start, amount FROM budget_counters WHERE window_start = ?1 LIMIT ?2"
    case .countersOfAll:
      """
      SELECT subject, counter, window_start, amount FROM budget_counters WHERE subject >= ''
      ORDER BY subject, counter, window_start LIMIT ?1
      """
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }

  private static let figures = StoredUsage.Figure.allCases.map(\.rawValue)

  /// No number of a server can make it more than an integer holds.
  private static func sum(of column: String) -> String {
    "max(-\(StoredUsage.largestSum), min(\(column) + excluded.\(column), \(StoredUsage.largestSum)))"
  }
}
