extension Schema {
  /// What puts messages counts their bytes by itself, which costs less than a trigger.
  static let countedMessages = [
    "DROP TRIGGER IF EXISTS count_insert ON messages",
    """
    CREATE OR REPLACE FUNCTION refused(state text, words text) RETURNS bigint LANGUAGE plpgsql AS $body$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = state, MESSAGE = words;
    END $body$
    """,
  ]
}
