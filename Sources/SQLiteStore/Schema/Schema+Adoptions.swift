extension Schema {
  /// Orders by which sessions change hands, until they are carried out.
  static let adoptions = """
    CREATE TABLE adoptions (
      n INTEGER PRIMARY KEY,
      other TEXT NOT NULL,
      owner TEXT NOT NULL,
      ordered_at INTEGER NOT NULL,
      UNIQUE (other, owner)
    ) STRICT;
    CREATE INDEX adoptions_of_owners ON adoptions (owner);
    """
}
