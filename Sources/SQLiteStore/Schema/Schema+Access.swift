extension Schema {
  /// Who may come in, and what was used. Hours are counted since 1970 in UTC.
  static let access = """
    CREATE TABLE access (
      place INTEGER PRIMARY KEY CHECK (place = 1),
      closed_at INTEGER,
      revision INTEGER NOT NULL
    ) STRICT;
    INSERT INTO access VALUES (1, NULL, 0);

    CREATE TABLE api_keys (
      id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      hash BLOB NOT NULL UNIQUE,
      revision INTEGER NOT NULL,
      document BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE teams (
      name TEXT NOT NULL PRIMARY KEY,
      revision INTEGER NOT NULL,
      document BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE usage_hour (
      hour INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      user_name TEXT NOT NULL,
      model TEXT NOT NULL,
      requests INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      input_tokens INTEGER NOT NULL,
      cached_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      sent_bytes INTEGER NOT NULL,
      wait_time INTEGER NOT NULL,
      load_time INTEGER NOT NULL,
      prompt_time INTEGER NOT NULL,
      eval_time INTEGER NOT NULL,
      PRIMARY KEY (hour, key_id, team, user_name, model)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE budget_counters (
      subject TEXT NOT NULL,
      counter TEXT NOT NULL,
      window_start INTEGER NOT NULL,
      amount INTEGER NOT NULL,
      PRIMARY KEY (subject, counter, window_start)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX counters_by_window ON budget_counters (window_start);

    CREATE TABLE usage_flushes (
      run INTEGER NOT NULL PRIMARY KEY,
      n INTEGER NOT NULL,
      flushed_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX usage_flushes_by_time ON usage_flushes (flushed_at);
    """
}
