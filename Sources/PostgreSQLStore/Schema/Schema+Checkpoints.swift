extension Schema {
  /// What is new of all running generations each second. A checkpoint stays some seconds, and is not worth being compressed.
  static let checkpoints = [
    "CREATE TABLE checkpoints (epoch bigint, n bigint, texts bytea NOT NULL, PRIMARY KEY (epoch, n))",
    "ALTER TABLE checkpoints ALTER COLUMN texts SET STORAGE EXTERNAL",
  ]
}
