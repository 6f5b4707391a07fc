extension Schema {
  /// Times are milliseconds since 1970, durations microseconds. Where a row has an epoch, it is that of the process that wrote it.
  static let version1 = """
    CREATE TABLE store (
      place INTEGER PRIMARY KEY CHECK (place = 1),
      id TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      edits INTEGER NOT NULL
    ) STRICT;
    INSERT INTO store VALUES (1, lower(hex(randomblob(16))), 0, 0);

    CREATE TABLE secrets (
      name TEXT NOT NULL PRIMARY KEY,
      bytes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sessions (
      key TEXT NOT NULL PRIMARY KEY,
      owner TEXT NOT NULL,
      title TEXT NOT NULL,
      title_number INTEGER,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      message_count INTEGER NOT NULL,
      last_number INTEGER NOT NULL,
      last_author TEXT,
      epoch INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sessions_of_owners ON sessions (owner, updated_at DESC, key);
    CREATE INDEX sessions_by_use ON sessions (updated_at, key);
    CREATE INDEX sessions_of_addresses ON sessions (updated_at, key) WHERE owner >= 'address:' AND owner < 'address;';

    CREATE TABLE owners (
      owner TEXT NOT NULL PRIMARY KEY,
      sessions INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER session_made AFTER INSERT ON sessions BEGIN
      INSERT INTO owners VALUES (new.owner, 1) ON CONFLICT (owner) DO UPDATE SET sessions = sessions + 1;
    END;
    CREATE TRIGGER session_deleted AFTER DELETE ON sessions BEGIN
      UPDATE owners SET sessions = sessions - 1 WHERE owner = old.owner;
      DELETE FROM owners WHERE owner = old.owner AND sessions <= 0;
    END;
    CREATE TRIGGER session_given_away AFTER UPDATE OF owner ON sessions WHEN new.owner <> old.owner BEGIN
      UPDATE owners SET sessions = sessions - 1 WHERE owner = old.owner;
      DELETE FROM owners WHERE owner = old.owner AND sessions <= 0;
      INSERT INTO owners VALUES (new.owner, 1) ON CONFLICT (owner) DO UPDATE SET sessions = sessions + 1;
    END;

    CREATE TABLE messages (
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
      PRIMARY KEY (session_key, place),
      UNIQUE (session_key, number)
    ) STRICT;

    CREATE TABLE images (
      session_key TEXT NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
      digest BLOB NOT NULL,
      media_type TEXT NOT NULL,
      bytes BLOB NOT NULL,
      PRIMARY KEY (session_key, digest)
    ) STRICT;

    CREATE TABLE generations (
      place INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      session_key TEXT NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
      author TEXT NOT NULL,
      model TEXT NOT NULL,
      message_place INTEGER NOT NULL,
      message_number INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      state INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      ended_at INTEGER,
      last_number INTEGER,
      done_reason TEXT,
      failure_code TEXT,
      failure_message TEXT,
      answer_place INTEGER
    ) STRICT;
    CREATE INDEX generations_of_sessions ON generations (session_key);
    CREATE INDEX generations_running ON generations (epoch) WHERE state = 0;
    CREATE INDEX generations_interrupted ON generations (session_key) WHERE state = 3;

    CREATE TABLE generation_parts (
      generation_id TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
      n INTEGER NOT NULL,
      text TEXT NOT NULL,
      lengths BLOB NOT NULL,
      PRIMARY KEY (generation_id, n)
    ) STRICT;

    CREATE TABLE idempotency (
      owner TEXT NOT NULL,
      key TEXT NOT NULL,
      generation_id TEXT NOT NULL,
      digest BLOB NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (owner, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX idempotency_of_generations ON idempotency (generation_id);
    CREATE INDEX idempotency_by_end ON idempotency (expires_at);
    CREATE TRIGGER generation_deleted AFTER DELETE ON generations BEGIN
      DELETE FROM idempotency WHERE generation_id = old.id;
    END;
    """
}
