internal import Bytes

/// A key as its owner has it, and by what it is known. It is shown once, and kept nowhere.
public struct KeyText: Sendable {
  /// What the owner sends: `sk-og-…`, or a custom key.
  public let text: String
  /// Its public part; a custom key has it beside its text.
  public let id: KeyID
  /// Of a key of ours the SHA-256 of public part and secret, of a custom key that of the whole text.
  public let secret: SecretDigest
  /// Whether it was made elsewhere.
  public let isCustom: Bool

  /// A new key, of 220 random bits.
  ///
  /// - Parameter id: that of the key that gets a new secret; a new one otherwise.
  public init(id: KeyID = .random()) {
    self.init(id: id, secret: Base62.random(count: KeyForm.secretCount))
  }

  /// The key of these digits.
  init(id: KeyID, secret: [UInt8]) {
    let bytes = KeyForm.text(id: id, secret: secret)
    text = String(decoding: bytes, as: UTF8.self)
    self.id = id
    self.secret = bytes.withUnsafeBytes(KeyForm.digest(of:))
    isCustom = false
  }

  /// A key that was made elsewhere: 32-256 visible characters of ASCII that do not begin with `sk-og-`; nil for anything else.
  public init?(custom text: String, id: KeyID = .random()) {
    var text = text
    guard text.withUTF8({ CustomKeyForm.holds(UnsafeRawBufferPointer($0)) }) else { return nil }
    self.text = text
    self.id = id
    secret = text.withUTF8 { SecretDigest(of: UnsafeRawBufferPointer($0)) }
    isCustom = true
  }

  /// A key of ours that an operator gives: in a file, such as that of the first administrator. Nil where it is none.
  public init?(ours text: String) {
    var text = text
    let read = text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      return KeyForm.id(of: bytes).map { ($0, KeyForm.digest(of: bytes)) }
    }
    guard let (id, secret) = read else { return nil }
    self.text = text
    self.id = id
    self.secret = secret
    isCustom = false
  }
}

extension KeyText: CustomStringConvertible, CustomReflectable {
  /// The public part: the text is for its owner alone.
  public var description: String { id.text }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
