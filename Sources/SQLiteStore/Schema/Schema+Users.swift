extension Schema {
  /// Who people are. Before it users were names that keys had: those that stand in a key become users without a password, and what was
  /// theirs is theirs. A name that no key has was said by one that acts for users: where that can have been one key alone, it is that key's
  /// from now on, else it is known as a former one.
  static let users = """
    ALTER TABLE access ADD COLUMN last_user INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE users (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      email TEXT UNIQUE,
      revision INTEGER NOT NULL,
      document BLOB NOT NULL
    ) STRICT;

    CREATE TABLE sign_ins (
      id TEXT NOT NULL PRIMARY KEY,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      expires_at INTEGER NOT NULL,
      document BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sign_ins_of_users ON sign_ins (user_id);
    CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);

    CREATE TEMP TABLE key_members AS
      SELECT id, json_extract(CAST(document AS TEXT), '$.user') AS user_name,
        coalesce(json_extract(CAST(document AS TEXT), '$.may_act_for_users'), 0) AS acts
      FROM api_keys WHERE json_valid(CAST(document AS TEXT));
    INSERT INTO users (name, revision, document)
      SELECT DISTINCT user_name, 1, x'' FROM key_members WHERE user_name IS NOT NULL ORDER BY user_name;
    UPDATE users SET document = CAST(json_object(
      'id', id, 'name', name, 'scopes', json_array('inference', 'chat', 'models.read'), 'disabled', json('false'),
      'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS BLOB);
    UPDATE access SET last_user = (SELECT coalesce(max(id), 0) FROM users);

    CREATE TEMP TABLE renamed (old TEXT PRIMARY KEY, new TEXT NOT NULL);
    INSERT INTO renamed
      SELECT owner, coalesce(
        (SELECT 'user:' || id FROM users WHERE name = substr(owner, 6)),
        (SELECT CASE count(*) WHEN 1 THEN 'key:' || max(id) || '/' || owner END FROM key_members WHERE acts),
        'former/' || owner)
      FROM (
        SELECT owner FROM owners WHERE owner >= 'user:' AND owner < 'user;'
        UNION SELECT author FROM generations WHERE author >= 'user:' AND author < 'user;'
        UNION SELECT last_author FROM sessions WHERE last_author >= 'user:' AND last_author < 'user;'
        UNION SELECT owner FROM idempotency WHERE owner >= 'user:' AND owner < 'user;');

    PRAGMA defer_foreign_keys = ON;
    CREATE TEMP TABLE moved AS
      SELECT key AS old, substr(key, 1, instr(key, '@')) || new AS new
      FROM sessions JOIN renamed ON renamed.old = owner
      WHERE instr(key, '@') > 0 AND substr(key, instr(key, '@') + 1) = owner;
    CREATE UNIQUE INDEX temp.moved_by_old ON moved (old);
    UPDATE messages SET session_key = moved.new FROM moved WHERE session_key = moved.old;
    UPDATE images SET session_key = moved.new FROM moved WHERE session_key = moved.old;
    UPDATE generations SET session_key = moved.new FROM moved WHERE session_key = moved.old;
    UPDATE sessions SET key = '/' || moved.new FROM moved WHERE key = moved.old;
    UPDATE sessions SET key = substr(key, 2) WHERE key >= '/' AND key < '0';
    UPDATE sessions SET owner = renamed.new FROM renamed WHERE owner = renamed.old;
    UPDATE sessions SET last_author = renamed.new FROM renamed WHERE last_author = renamed.old;
    UPDATE generations SET author = renamed.new FROM renamed WHERE author = renamed.old;
    CREATE TEMP TABLE requests AS
      SELECT renamed.new AS owner, key, generation_id, digest, expires_at
      FROM idempotency JOIN renamed ON renamed.old = owner;
    DELETE FROM idempotency WHERE owner IN (SELECT old FROM renamed);
    INSERT OR IGNORE INTO idempotency SELECT * FROM requests;
    DROP TABLE temp.requests;
    DROP TABLE temp.moved;
    DROP TABLE temp.renamed;
    DROP TABLE temp.key_members;
    """
}
