extension Schema {
  /// The tables as they were first. All text is compared by its bytes, and all numbers are bigint, so that what a statement's
  /// parameters are follows from the columns.
  static let firstVersion: [String] = tables + indexes + functions + triggers

  private static let tables = [
    // An administrator may have made it, for a role that may make none: and to whom its own statement would say so even then.
    """
    DO $body$ BEGIN
      IF to_regnamespace('\(name)') IS NULL THEN CREATE SCHEMA \(name); END IF;
    END $body$
    """,
    // One row. The epoch is raised, and the holder set, by each gateway that opens the store: what it writes is written only as
    // long as both are still its own.
    """
    CREATE TABLE store (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      version bigint NOT NULL, epoch bigint NOT NULL, holder bytea NOT NULL)
    """,
    "INSERT INTO store (version, epoch, holder) VALUES (0, 0, '')",
    // What is counted instead of looked through: `stored_bytes`, and `foreign_changes`, which are those of subcommands.
    #"CREATE TABLE counters (name text COLLATE "C" PRIMARY KEY, value bigint NOT NULL)"#,
    "INSERT INTO counters VALUES ('stored_bytes', 0), ('foreign_changes', 0)",
    #"CREATE TABLE secrets (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL)"#,
    #"CREATE TABLE owners (owner text COLLATE "C" PRIMARY KEY, sessions bigint NOT NULL) WITH (fillfactor = 70)"#,
    """
    CREATE TABLE sessions (
      key text COLLATE "C" PRIMARY KEY, owner text COLLATE "C" NOT NULL, title text COLLATE "C" NOT NULL,
      title_number bigint, created_at bigint NOT NULL, updated_at bigint NOT NULL, message_count bigint NOT NULL,
      last_number bigint NOT NULL, last_author text COLLATE "C", epoch bigint NOT NULL)
    """,
    // role: 0 a user, 1 a model. images: digests of 32 bytes each. Durations are microseconds.
    """
    CREATE TABLE messages (
      session_key text COLLATE "C" NOT NULL REFERENCES sessions ON DELETE CASCADE, place bigint NOT NULL,
      number bigint NOT NULL, role bigint NOT NULL, author text COLLATE "C" NOT NULL,
      content text COLLATE "C" NOT NULL, thinking text COLLATE "C", created_at bigint NOT NULL, state bigint NOT NULL,
      images bytea NOT NULL, prompt_tokens bigint, completion_tokens bigint, time_to_first_token bigint, duration bigint,
      text_bytes bigint NOT NULL, PRIMARY KEY (session_key, place), UNIQUE (session_key, number))
    """,
    // state: 0 runs, then 1 completed, 2 failed, 3 interrupted, 4 cancelled. ordinal: in which order they were put, as clocks jump.
    """
    CREATE TABLE generations (
      id text COLLATE "C" PRIMARY KEY, session_key text COLLATE "C" NOT NULL REFERENCES sessions ON DELETE CASCADE,
      author text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL, message_place bigint NOT NULL,
      message_number bigint NOT NULL, started_at bigint NOT NULL, state bigint NOT NULL, ended_at bigint,
      last_number bigint, done_reason text COLLATE "C", failure_code text COLLATE "C", failure_message text COLLATE "C",
      answer_place bigint, epoch bigint NOT NULL, ordinal bigint GENERATED ALWAYS AS IDENTITY)
    """,
    """
    CREATE TABLE generation_parts (
      generation_id text COLLATE "C" NOT NULL REFERENCES generations ON DELETE CASCADE, n bigint NOT NULL,
      text bytea NOT NULL, lengths bytea NOT NULL, PRIMARY KEY (generation_id, n))
    """,
    """
    CREATE TABLE images (
      session_key text COLLATE "C" NOT NULL REFERENCES sessions ON DELETE CASCADE, digest bytea NOT NULL,
      media_type text COLLATE "C" NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (session_key, digest))
    """,
    // Images are compressed already.
    "ALTER TABLE images ALTER COLUMN bytes SET STORAGE EXTERNAL",
    """
    CREATE TABLE idempotency (
      owner text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, generation_id text COLLATE "C" NOT NULL,
      digest bytea NOT NULL, expires_at bigint NOT NULL, PRIMARY KEY (owner, key))
    """,
  ]

  private static let indexes = [
    "CREATE INDEX sessions_of_owner ON sessions (owner, updated_at DESC, key)",
    "CREATE INDEX sessions_by_update ON sessions (updated_at, key)",
    "CREATE INDEX sessions_of_addresses ON sessions (updated_at, key) WHERE \(isAddress)",
    "CREATE INDEX generations_of_session ON generations (session_key, ordinal)",
    "CREATE INDEX generations_running ON generations (started_at, id) WHERE state = 0",
    "CREATE INDEX generations_interrupted ON generations (session_key) WHERE state = 3",
    "CREATE INDEX idempotency_of_generation ON idempotency (generation_id)",
    "CREATE INDEX idempotency_by_expiry ON idempotency (expires_at)",
  ]

  /// Whether a session's owner is an address: see `Principal.ID.storedName`.
  static let isAddress = "starts_with(owner, 'address:')"

  private static let functions = [
    """
    CREATE FUNCTION refuse(state text, words text) RETURNS void LANGUAGE plpgsql AS $body$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = state, MESSAGE = words;
    END $body$
    """,
    """
    CREATE FUNCTION count_session() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      IF TG_OP <> 'UPDATE' THEN
        UPDATE \(name).counters SET value = value + CASE TG_OP WHEN 'INSERT' THEN 512 ELSE -512 END
        WHERE name = 'stored_bytes';
      END IF;
      IF TG_OP <> 'INSERT' THEN
        UPDATE \(name).owners SET sessions = sessions - 1 WHERE owner = OLD.owner;
        DELETE FROM \(name).owners WHERE owner = OLD.owner AND sessions <= 0;
      END IF;
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO \(name).owners AS o VALUES (NEW.owner, 1)
        ON CONFLICT (owner) DO UPDATE SET sessions = o.sessions + 1;
      END IF;
      RETURN NULL;
    END $body$
    """,
    // Once a statement, for all of its rows. What a message or an image takes beside its bytes is about 256, and a session 512.
    """
    CREATE FUNCTION count_messages() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE \(name).counters SET value = value + CASE TG_OP WHEN 'INSERT' THEN change.bytes ELSE -change.bytes END
      FROM (SELECT sum(text_bytes + 256) AS bytes FROM changed) AS change
      WHERE name = 'stored_bytes' AND change.bytes IS NOT NULL;
      RETURN NULL;
    END $body$
    """,
    """
    CREATE FUNCTION count_images() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE \(name).counters SET value = value + CASE TG_OP WHEN 'INSERT' THEN change.bytes ELSE -change.bytes END
      FROM (SELECT sum(octet_length(bytes)::bigint + 256) AS bytes FROM changed) AS change
      WHERE name = 'stored_bytes' AND change.bytes IS NOT NULL;
      RETURN NULL;
    END $body$
    """,
  ]

  private static let triggers =
    [
      """
      CREATE TRIGGER count_session AFTER INSERT OR DELETE ON sessions FOR EACH ROW
      EXECUTE FUNCTION count_session()
      """,
      """
      CREATE TRIGGER count_change_of_owner AFTER UPDATE OF owner ON sessions FOR EACH ROW
      WHEN (OLD.owner <> NEW.owner) EXECUTE FUNCTION count_session()
      """,
    ]
    + ["messages", "images"].flatMap { table in
      [("INSERT", "NEW"), ("DELETE", "OLD")].map { event, side in
        """
        CREATE TRIGGER count_\(event.lowercased()) AFTER \(event) ON \(table) REFERENCING \(side) TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION count_\(table)()
        """
      }
    }
}
