internal import Sessions

extension WriteStatements {
  static let ofUsage = [
    addUsage, dropUsage, addUsageEntries, dropUsageEntries, dropCounters, dropOldCounters, dropOldFlushes,
  ]

  private static let figures = StoredUsage.Figure.allCases.map(\.rawValue)

  /// No number of a server can make it more than an integer holds.
  private static func sum(of column: String, in table: String) -> String {
    "\(column) = \(bounded("\(table).\(column) + EXCLUDED.\(column)"))"
  }

  private static func bounded(_ sum: String) -> String {
    "greatest(-\(StoredUsage.largestSum), least(\(sum), \(StoredUsage.largestSum)))"
  }

  /// Number `$2` of the run `$1`, at `$3`: the columns of usage from `$4` on, then those of counters. One that was written before
  /// adds nothing.
  static let addUsage = Statement(
    "add_usage",
    """
    WITH fresh AS (
      INSERT INTO usage_flushes AS f (run, n, flushed_at) VALUES ($1, $2, $3)
      ON CONFLICT (run) DO UPDATE SET n = EXCLUDED.n, flushed_at = EXCLUDED.flushed_at WHERE f.n < EXCLUDED.n
      RETURNING 1),
    used AS (
      INSERT INTO usage_hour AS h (hour, key_id, team, user_name, model, \(figures.joined(separator: ", ")))
      SELECT hour, key_id, team, user_name, model,
        \(figures.map { "\(bounded("sum(\($0))"))::bigint" }.joined(separator: ", "))
      FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
        \(figures.indices.map { "$\($0 + 9)::bigint[]" }.joined(separator: ", ")))
        AS part (hour, key_id, team, user_name, model, \(figures.joined(separator: ", "))), fresh
      GROUP BY hour, key_id, team, user_name, model
      ON CONFLICT (hour, key_id, team, user_name, model) DO UPDATE SET
        \(figures.map { sum(of: $0, in: "h") }.joined(separator: ", ")))
    INSERT INTO budget_counters AS c (subject, counter, window_start, amount)
    SELECT subject, counter, window_start, \(bounded("sum(amount)"))::bigint
    FROM unnest($\(figures.count + 9)::text[], $\(figures.count + 10)::text[], $\(figures.count + 11)::bigint[],
      $\(figures.count + 12)::bigint[]) AS part (subject, counter, window_start, amount), fresh
    GROUP BY subject, counter, window_start
    ON CONFLICT (subject, counter, window_start) DO UPDATE SET \(sum(of: "amount", in: "c"))
    """)
  /// Of each column of the log all rows. One that is there stays as it is: a flush that comes again has the same places.
  static let addUsageEntries = Statement(
    "add_usage_entries",
    """
    INSERT INTO usage_log (\(entryColumns))
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::text[], \((0...StoredUsageEntry.figures.count).map { "$\($0 + 12)::bigint[]" }.joined(separator: ", ")))
    ON CONFLICT (logged_at, run, n) DO NOTHING
    """)
  static let entryColumns =
    "logged_at, run, n, key_id, team, user_name, model, server, digest, dialect, request_id, status, "
    + StoredUsageEntry.figures.map(\.rawValue).joined(separator: ", ")
  static let dropUsageEntries = Statement("drop_usage_entries", "DELETE FROM usage_log WHERE logged_at < $1")
  static let dropUsage = Statement("drop_usage", "DELETE FROM usage_hour WHERE hour < $1")
  /// Of a key those of its users as well, whose names stand behind a colon: a semicolon is what follows it.
  static let dropCounters = Statement(
    "drop_counters",
    """
    DELETE FROM budget_counters WHERE subject = $1::text OR (left($1::text, 4) = 'key:'
      AND subject >= 'user:' || substr($1::text, 5) || ':' AND subject < 'user:' || substr($1::text, 5) || ';')
    """)
  static let dropOldCounters = Statement(
    "drop_old_counters", "DELETE FROM budget_counters WHERE window_start > 0 AND window_start < $1")
  static let dropOldFlushes = Statement("drop_old_flushes", "DELETE FROM usage_flushes WHERE flushed_at < $1")
}
