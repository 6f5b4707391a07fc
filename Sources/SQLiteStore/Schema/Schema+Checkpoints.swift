extension Schema {
  /// What is new of all running generations each second. A checkpoint stays some seconds.
  static let checkpoints = """
    CREATE TABLE checkpoints (
      epoch INTEGER NOT NULL,
      n INTEGER NOT NULL,
      texts BLOB NOT NULL,
      PRIMARY KEY (epoch, n)
    ) STRICT, WITHOUT ROWID;
    """
}
