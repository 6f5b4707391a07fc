internal import Sessions

extension ReadStatements {
  static let ofAccess = [
    accessState, access, key, keyOwners, adoptions, signIns, usage, usageEntries, counters, usageOfAll,
    usageEntriesOfAll,
    countersOfAll,
  ]

  private static let figures = StoredUsage.Figure.allCases.map(\.rawValue)

  static let accessState = Statement(
    "access_state", "SELECT closed_at, revision, last_user FROM access WHERE only_row")
  /// The state, then `$1` keys, and as many teams and users.
  static let access = Statement(
    "access",
    """
    SELECT 0::bigint, '', '', ''::bytea, revision, ''::bytea, closed_at, last_user FROM access WHERE only_row
    UNION ALL (SELECT 1, id, name, hash, revision, document, NULL, 0 FROM api_keys ORDER BY id LIMIT $1::bigint)
    UNION ALL (SELECT 2, name, '', ''::bytea, revision, document, NULL, 0 FROM teams ORDER BY name LIMIT $1::bigint)
    UNION ALL (SELECT 3, name, email, ''::bytea, revision, document, NULL, id FROM users ORDER BY id LIMIT $1::bigint)
    """)
  static let key = Statement("key", "SELECT id, name, hash, revision, document FROM api_keys WHERE id = $1")
  /// A semicolon is what follows the colon.
  static let keyOwners = Statement(
    "key_owners",
    """
    SELECT owner FROM owners WHERE owner > greatest($1, 'key:' COLLATE "C") AND owner < 'key;' ORDER BY owner LIMIT $2::bigint
    """)
  static let adoptions = Statement(
    "adoptions", "SELECT n, other, owner, ordered_at FROM adoptions ORDER BY n LIMIT $1::bigint")
  static let signIns = Statement(
    "sign_ins", "SELECT id, user_id, expires_at, document FROM sign_ins ORDER BY id LIMIT $1::bigint")
  /// Of the hours from `$1` to before `$2`, in steps of `$3`.
  static let usage = Statement(
    "usage",
    """
    SELECT CASE WHEN $3::bigint = 0 THEN 0 ELSE hour / greatest($3::bigint, 1) * $3::bigint END,
      CASE WHEN $4::bigint = 1 THEN key_id ELSE '' END, CASE WHEN $5::bigint = 1 THEN team ELSE '' END,
      CASE WHEN $6::bigint = 1 THEN user_name ELSE '' END, CASE WHEN $7::bigint = 1 THEN model ELSE '' END,
      \(figures.map { "greatest(-9000000000000000000, least(sum(\($0)), 9000000000000000000))::bigint" }.joined(separator: ", "))
    FROM usage_hour
    WHERE hour >= $1::bigint AND hour < $2::bigint AND ($8::text IS NULL OR key_id = $8::text)
      AND ($9::text IS NULL OR team = $9::text) AND ($10::text IS NULL OR user_name = $10::text)
      AND ($11::text IS NULL OR model = $11::text)
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT $12::bigint OFFSET $13::bigint
    """)
  /// From `$1` to before `$2`, the last ones first.
  static let usageEntries = Statement(
    "usage_entries",
    """
    SELECT \(WriteStatements.entryColumns) FROM usage_log
    WHERE logged_at >= $1::bigint AND logged_at < $2::bigint AND ($3::text IS NULL OR key_id = $3::text)
      AND ($4::text IS NULL OR team = $4::text) AND ($5::text IS NULL OR user_name = $5::text)
      AND ($6::text IS NULL OR model = $6::text)
    ORDER BY logged_at DESC, run DESC, n DESC LIMIT $7::bigint OFFSET $8::bigint
    """)
  static let usageEntriesOfAll = Statement(
    "usage_entries_of_all",
    """
    SELECT \(WriteStatements.entryColumns) FROM usage_log
    WHERE (logged_at, run, n) > ($1::bigint, $2::bigint, $3::bigint) ORDER BY logged_at, run, n LIMIT $4::bigint
    """)
  /// Of each of the windows `$1` at most `$2`.
  static let counters = Statement(
    "counters",
    """
    SELECT found.* FROM unnest($1::bigint[]) AS wanted (start) CROSS JOIN LATERAL (
      SELECT subject, counter, window_start, amount FROM budget_counters WHERE window_start = wanted.start
      LIMIT $2::bigint) found
    """)
  static let countersOfAll = Statement(
    "counters_of_all",
    """
    SELECT subject, counter, window_start, amount FROM budget_counters ORDER BY subject, counter, window_start
    LIMIT $1::bigint
    """)
  static let usageOfAll = Statement(
    "usage_of_all",
    """
    SELECT hour, key_id, team, user_name, model, \(figures.joined(separator: ", ")) FROM usage_hour
    WHERE (hour, key_id, team, user_name, model) > ($1::bigint, $2::text, $3::text, $4::text, $5::text)
    ORDER BY hour, key_id, team, user_name, model LIMIT $6::bigint
    """)
}
