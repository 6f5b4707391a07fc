extension Schema {
  /// What was asked for, request by request.
  static let usageLog: [String] = [
    """
    CREATE TABLE usage_log (
      logged_at bigint NOT NULL, run bigint NOT NULL, n bigint NOT NULL, key_id text COLLATE "C" NOT NULL,
      team text COLLATE "C" NOT NULL, user_name text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL,
      server text NOT NULL, digest text NOT NULL, dialect text NOT NULL, request_id text NOT NULL, status bigint NOT NULL,
      input_tokens bigint NOT NULL, cached_tokens bigint NOT NULL, output_tokens bigint NOT NULL, sent_bytes bigint NOT NULL,
      wait_time bigint NOT NULL, load_time bigint NOT NULL, prompt_time bigint NOT NULL, eval_time bigint NOT NULL,
      PRIMARY KEY (logged_at, run, n))
    """
  ]
}
