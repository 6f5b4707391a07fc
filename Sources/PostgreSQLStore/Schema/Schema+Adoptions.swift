extension Schema {
  /// Orders by which sessions change hands, until they are carried out.
  static let adoptions = [
    """
    CREATE TABLE adoptions (
      n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, other text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL,
      ordered_at bigint NOT NULL, UNIQUE (other, owner))
    """,
    "CREATE INDEX adoptions_of_owners ON adoptions (owner)",
  ]

  /// One that is given again while it stands is another one, as somebody else may have been given some in between.
  static let adoptionsInOrder = [
    "ALTER TABLE adoptions DROP CONSTRAINT adoptions_other_owner_key, ADD UNIQUE (other, owner, ordered_at)"
  ]
}
