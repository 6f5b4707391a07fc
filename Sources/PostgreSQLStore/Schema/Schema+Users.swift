extension Schema {
  /// Who people are. Before it users were names that keys had: those that stand in a key become users without a password, and what was
  /// theirs is theirs. A name that no key has was said by one that acts for users: where that can have been one key alone, it is that key's
  /// from now on, else it is known as a former one.
  static let users: [String] = userTables + makingUsers + renamingOwners

  private static let userTables = [
    "ALTER TABLE access ADD COLUMN last_user bigint NOT NULL DEFAULT 0",
    """
    CREATE TABLE users (
      id bigint PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, email text COLLATE "C" UNIQUE,
      revision bigint NOT NULL, document bytea NOT NULL)
    """,
    """
    CREATE TABLE sign_ins (
      id text COLLATE "C" PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
      expires_at bigint NOT NULL, document bytea NOT NULL)
    """,
    "CREATE INDEX sign_ins_of_user ON sign_ins (user_id)",
    "CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at)",
  ]

  private static let makingUsers = [
    """
    CREATE TABLE key_members AS
    SELECT id, (convert_from(document, 'UTF8')::jsonb ->> 'user') COLLATE "C" AS user_name,
      coalesce((convert_from(document, 'UTF8')::jsonb ->> 'may_act_for_users')::boolean, false) AS acts
    FROM api_keys
    """,
    """
    INSERT INTO users (id, name, revision, document)
    SELECT row_number() OVER (ORDER BY user_name), user_name, 1, convert_to(jsonb_build_object(
      'id', row_number() OVER (ORDER BY user_name), 'name', user_name,
      'scopes', jsonb_build_array('inference', 'chat', 'models.read'), 'disabled', false,
      'created_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text, 'UTF8')
    FROM (SELECT DISTINCT user_name FROM key_members WHERE user_name IS NOT NULL) AS names
    """,
    "UPDATE access SET last_user = (SELECT coalesce(max(id), 0) FROM users)",
  ]

  private static let renamingOwners =
    [
      """
      CREATE TABLE renamed AS
      SELECT owner AS old, coalesce(
        (SELECT 'user:' || id FROM users WHERE name = substr(owner, 6)),
        (SELECT CASE count(*) WHEN 1 THEN 'key:' || max(id) || '/' || found.owner END FROM key_members WHERE acts),
        'former/' || owner) AS new
      FROM (
        SELECT owner FROM owners UNION SELECT author FROM generations UNION SELECT last_author FROM sessions
        UNION SELECT owner FROM idempotency) AS found
      WHERE starts_with(owner, 'user:')
      """,
      """
      CREATE TABLE moved AS
      SELECT key AS old, split_part(key, '@', 1) || '@' || new AS new
      FROM sessions JOIN renamed ON renamed.old = owner
      WHERE position('@' IN key) > 0 AND substr(key, position('@' IN key) + 1) = owner
      """,
      "ANALYZE renamed", "ANALYZE moved",
    ] + constraints.map { "ALTER TABLE \($0) DROP CONSTRAINT \($0)_session_key_fkey" }
    + constraints.map { "UPDATE \($0) SET session_key = moved.new FROM moved WHERE session_key = moved.old" }
    + [
      "UPDATE sessions SET key = '/' || moved.new FROM moved WHERE key = moved.old",
      "UPDATE sessions SET key = substr(key, 2) WHERE starts_with(key, '/')",
      "UPDATE sessions SET owner = renamed.new FROM renamed WHERE owner = renamed.old",
      "UPDATE sessions SET last_author = renamed.new FROM renamed WHERE last_author = renamed.old",
      "UPDATE generations SET author = renamed.new FROM renamed WHERE author = renamed.old",
      """
      CREATE TABLE requests AS
      SELECT renamed.new AS owner, key, generation_id, digest, expires_at
      FROM idempotency JOIN renamed ON renamed.old = owner
      """,
      "DELETE FROM idempotency USING renamed WHERE owner = renamed.old",
      """
      INSERT INTO idempotency (owner, key, generation_id, digest, expires_at) SELECT * FROM requests
      ON CONFLICT DO NOTHING
      """,
      "DROP TABLE key_members, renamed, moved, requests",
    ]
    + constraints.map {
      """
      ALTER TABLE \($0) ADD CONSTRAINT \($0)_session_key_fkey FOREIGN KEY (session_key) REFERENCES sessions ON DELETE CASCADE
      """
    }

  /// The tables of what belongs to a session.
  private static let constraints = ["messages", "images", "generations"]
}
