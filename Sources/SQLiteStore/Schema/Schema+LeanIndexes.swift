extension Schema {
  /// A turn changes fewer pages.
  ///
  /// Messages had an index of their numbers, which nobody reads by: a number is compared with its neighbours' now. The index of an
  /// owner's list was read forth, and so the newest were put before all others, where pages are split again and again; it is read
  /// back.
  static let leanIndexes = """
    CREATE TABLE new_messages (
      session_key TEXT NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
      place INTEGER NOT NULL,
      number INTEGER NOT NULL,
      role INTEGER NOT NULL,
      user_or_model TEXT NOT NULL,
      content TEXT NOT NULL,
      thinking TEXT,
      created_at INTEGER NOT NULL,
      state INTEGER NOT NULL,
      images BLOB,
      prompt_tokens INTEGER,
      completion_tokens INTEGER,
      time_to_first_token INTEGER,
      duration INTEGER,
      PRIMARY KEY (session_key, place)
    ) STRICT;
    INSERT INTO new_messages SELECT * FROM messages ORDER BY rowid;
    DROP TABLE messages;
    ALTER TABLE new_messages RENAME TO messages;

    DROP INDEX sessions_of_owners;
    CREATE INDEX sessions_of_owners ON sessions (owner, updated_at, key DESC);
    """
}
