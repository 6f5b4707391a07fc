extension Schema {
  /// What was asked for, request by request.
  static let usageLog = """
    CREATE TABLE usage_log (
      logged_at INTEGER NOT NULL,
      run INTEGER NOT NULL,
      n INTEGER NOT NULL,
      key_id TEXT NOT NULL,
      team TEXT NOT NULL,
      user_name TEXT NOT NULL,
      model TEXT NOT NULL,
      server TEXT NOT NULL,
      digest TEXT NOT NULL,
      dialect TEXT NOT NULL,
      request_id TEXT NOT NULL,
      status INTEGER NOT NULL,
      input_tokens INTEGER NOT NULL,
      cached_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      sent_bytes INTEGER NOT NULL,
      wait_time INTEGER NOT NULL,
      load_time INTEGER NOT NULL,
      prompt_time INTEGER NOT NULL,
      eval_time INTEGER NOT NULL,
      PRIMARY KEY (logged_at, run, n)
    ) STRICT, WITHOUT ROWID;
    """
}
