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

  /// One that is given again while it stands is another one, as somebody else may have been given some in between; and no number is given twice.
  static let adoptionsInOrder = """
    ALTER TABLE adoptions RENAME TO former_adoptions;
    DROP INDEX adoptions_of_owners;
    CREATE TABLE adoptions (
      n INTEGER PRIMARY KEY AUTOINCREMENT,
      other TEXT NOT NULL,
      owner TEXT NOT NULL,
      ordered_at INTEGER NOT NULL,
      UNIQUE (other, owner, ordered_at)
    ) STRICT;
    CREATE INDEX adoptions_of_owners ON adoptions (owner);
    INSERT INTO adoptions SELECT * FROM former_adoptions;
    DROP TABLE former_adoptions;
    """
}
