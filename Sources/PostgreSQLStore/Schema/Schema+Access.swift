extension Schema {
  /// Who may come in, and what was used. Hours are counted since 1970 in UTC.
  static let access: [String] = [
    """
    CREATE TABLE access (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), closed_at bigint, revision bigint NOT NULL)
    """,
    "INSERT INTO access (closed_at, revision) VALUES (NULL, 0)",
    """
    CREATE TABLE api_keys (
      id text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL, hash bytea NOT NULL UNIQUE, revision bigint NOT NULL,
      document bytea NOT NULL)
    """,
    #"CREATE TABLE teams (name text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL, document bytea NOT NULL)"#,
    """
    CREATE TABLE usage_hour (
      hour bigint NOT NULL, key_id text COLLATE "C" NOT NULL, team text COLLATE "C" NOT NULL,
      user_name text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL, requests bigint NOT NULL, failures bigint NOT NULL,
      input_tokens bigint NOT NULL, cached_tokens bigint NOT NULL, output_tokens bigint NOT NULL, sent_bytes bigint NOT NULL,
      wait_time bigint NOT NULL, load_time bigint NOT NULL, prompt_time bigint NOT NULL, eval_time bigint NOT NULL,
      PRIMARY KEY (hour, key_id, team, user_name, model)) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE budget_counters (
      subject text COLLATE "C" NOT NULL, counter text COLLATE "C" NOT NULL, window_start bigint NOT NULL,
      amount bigint NOT NULL, PRIMARY KEY (subject, counter, window_start)) WITH (fillfactor = 70)
    """,
    "CREATE INDEX budget_counters_by_window ON budget_counters (window_start)",
    "CREATE TABLE usage_flushes (run bigint PRIMARY KEY, n bigint NOT NULL, flushed_at bigint NOT NULL)",
    "CREATE INDEX usage_flushes_by_time ON usage_flushes (flushed_at)",
  ]
}
