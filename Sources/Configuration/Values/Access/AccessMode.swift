/// Who may come in: the setting `auth`.
public enum AccessMode: String, CaseIterable, Sendable {
  /// Everybody until there is a key, and then for good who has one.
  case automatic = "auto"
  /// Who has a key, also where there is none.
  case required
  /// Who has a key, and others with the limits of `anonymous`.
  case optional
  /// Everybody, also after there were keys.
  case open
}
