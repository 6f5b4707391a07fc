/// How our sessions at the server are set, whatever the server, the database or the role has for its own.
struct SessionSettings: Sendable {
  /// Whether a commit may come back before it is durable: `durability: relaxed`.
  let isRelaxed: Bool

  /// One statement that sets them all.
  var command: Command {
    let settings = [
      // Our schema and nothing else: no table of somebody else's is found by one of our names.
      ("search_path", "\(Schema.name), pg_temp"),
      ("default_transaction_isolation", "read committed"),
      ("statement_timeout", "5000"),
      // A gateway that is stopped in the middle of a transaction lets the others go on.
      ("idle_in_transaction_session_timeout", "10000"),
      // A machine that is gone holds the store's lock until the server notices.
      ("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3"),
      // Each of our statements has its index: a plan that was made while a table was small must not outlive that.
      ("enable_seqscan", "off"), ("enable_bitmapscan", "off"), ("enable_hashjoin", "off"),
      ("enable_mergejoin", "off"),
      // Compiling takes longer than any of our statements.
      ("jit", "off"),
    ]
    let calls = settings.map { "set_config('\($0.0)', '\($0.1)', false)" }
    // What waits for more than this server's own disk is left as it is.
    let commit =
      isRelaxed
      ? "set_config('synchronous_commit', 'off', false)"
      : """
      set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
      WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)
      """
    // The lock's session says nothing for hours. Servers before 14 do not know the setting.
    let idle = "(SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout')"
    return .text("SELECT " + (calls + [commit, idle]).joined(separator: ", "), [])
  }
}
