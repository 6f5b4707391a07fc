internal import Bytes
import HTTPFields

/// The cookie by which a browser is known again (RFC 6265). The chat page sets it; scripts do not see it.
enum SessionCookie {
  static let name: StaticString = "ollama_gateway_session"

  /// How many of the name are looked at: a browser sends one for each path above the page's.
  private static let candidateLimit = 4

  /// The first valid one that a request shows.
  static func read(_ fields: FieldSection, _ seal: CredentialSeal) -> Credential? {
    var credential: Credential?
    var candidates = 0
    fields.withEachField { field in
      guard credential == nil, field.isNamed("cookie") else { return }
      for pair in field.value.split(separator: UInt8(ascii: ";")) {
        guard candidates < candidateLimit, let value = value(of: pair) else { continue }
        candidates += 1
        credential = seal.read(UnsafeRawBufferPointer(rebasing: value), .cookie)
        if credential != nil { return }
      }
    }
    return credential
  }

  /// The value of a pair of this name.
  private static func value(of pair: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer>? {
    let text = pair.drop(while: ASCII.isBlank)
    let size = name.utf8CodeUnitCount
    let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: size)
    guard text.count > size, text.prefix(size).elementsEqual(wanted),
      text[text.startIndex + size] == UInt8(ascii: "=")
    else { return nil }
    let value = text.dropFirst(size + 1)
    guard let end = value.lastIndex(where: { !ASCII.isBlank($0) }) else { return nil }
    return value[...end]
  }

  /// What `Set-Cookie` says of a new one: see ``Authenticator/newCookie(for:path:isSecure:)``.
  static func setting(_ seal: CredentialSeal, path: String, isSecure: Bool) -> String {
    // A semicolon would end the path. Without one, the page's own counts, which is the same.
    let attribute = path.utf8.contains(UInt8(ascii: ";")) ? "" : "; Path=\(path)"
    return "\(name)=\(seal.make(.cookie))\(attribute)\(isSecure ? "; Secure" : ""); HttpOnly; SameSite=Lax"
  }
}
