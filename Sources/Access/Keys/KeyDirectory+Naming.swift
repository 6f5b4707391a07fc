extension KeyDirectory {
  /// The key that an administrator means: by its public part, by the key itself, or by the SHA-256 of one that was made elsewhere,
  /// as LiteLLM names keys. Nil where there is none.
  package func grant(meantBy text: String) -> Grant? {
    if let id = KeyID(text) { return self[id] }
    guard text.utf8.count <= CustomKeyForm.counts.upperBound else { return nil }
    if let key = KeyText(ours: text) {
      guard let grant = self[key.id], grant.key?.secret == key.secret else { return nil }
      return grant
    }
    if let digest = SecretDigest(hexadecimal: text), let grant = self[custom: digest] { return grant }
    return KeyText(custom: text).flatMap { self[custom: $0.secret] }
  }

  /// The record of the same key.
  package func key(meantBy text: String) -> KeyRecord? { grant(meantBy: text)?.key }
}
