internal import Sessions

extension Query {
  /// Of the log of requests.
  var usageLogSQL: String {
    switch self {
    case .addUsageEntry:
      """
      INSERT INTO usage_log (\(Self.entryColumns))
      VALUES (\((1...12 + StoredUsageEntry.figures.count).map { "?\($0)" }.joined(separator: ", ")))
      ON CONFLICT (logged_at, run, n) DO NOTHING
      """
    case .dropUsageEntries: "DELETE FROM usage_log WHERE logged_at < ?1"
    case .usageEntries:
      """
      SELECT \(Self.entryColumns) FROM usage_log
      WHERE logged_at >= ?1 AND logged_at < ?2 AND (?3 IS NULL OR key_id = ?3) AND (?4 IS NULL OR team = ?4)
        AND (?5 IS NULL OR user_name = ?5) AND (?6 IS NULL OR model = ?6)
      ORDER BY logged_at DESC, run DESC, n DESC LIMIT ?7 OFFSET ?8
      """
    case .usageEntriesOfAll:
      """
      SELECT \(Self.entryColumns) FROM usage_log WHERE (logged_at, run, n) > (?1, ?2, ?3)
      ORDER BY logged_at, run, n LIMIT ?4
      """
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }

  private static let entryColumns =
    "logged_at, run, n, key_id, team, user_name, model, server, digest, dialect, request_id, status, "
    + StoredUsageEntry.figures.map(\.rawValue).joined(separator: ", ")
}
