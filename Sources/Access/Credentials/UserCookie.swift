internal import Bytes
public import HTTPFields

/// The cookies of users who have signed in with a browser (RFC 6265): 256 random bits each, in 64 hexadecimal digits, of which the
/// gateway keeps the SHA-256 alone. Scripts do not see them.
///
/// Their names bind them where browsers can: `__Host-` to this host and to TLS, `__Secure-` under a base path, which the former cannot
/// have. On the gateway's own machine, where there is no TLS, they have plain names, so that the ones are never taken for the others.
public struct UserCookie: Hashable, Sendable {
  /// What a cookie is for.
  public enum Kind: Sendable, CaseIterable {
    /// Its browser is signed in.
    case user
    /// Its browser has signed in before: no proof of anything, but what keeps others' guesses from locking it out.
    case device
    /// Its browser is on its way through the issuer's pages.
    case issuer
  }

  /// By what its name begins.
  public enum Form: Sendable, Equatable, CaseIterable {
    /// By TLS, at the root.
    case host
    /// By TLS, under a base path.
    case secure
    /// Without TLS, on the gateway's own machine.
    case plain

    /// - Parameters:
    ///   - isSecure: whether the request came by TLS.
    ///   - path: the gateway's base path, `/` at the root.
    public init(isSecure: Bool, path: String) {
      self = !isSecure ? .plain : path.utf8.elementsEqual("/".utf8) ? .host : .secure
    }
  }

  /// 64 digits in lower case.
  public let text: String

  /// Digits of a cookie.
  static let digits = 64
  /// How many of a name are looked at: a browser sends one for each path above the page's.
  private static let candidateLimit = 4

  /// A new one.
  public init() {
    var generator = SystemRandomNumberGenerator()
    text = (0..<4).map { _ in Hexadecimal.text(of: generator.next() as UInt64) }.joined()
  }

  /// Nil for what is none by its form.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == Self.digits, Hexadecimal.bytes(ofLowercase: text.utf8) != nil else { return nil }
    self.text = String(text)
  }

  /// By this it is kept.
  public var digest: SecretDigest {
    var text = text
    return text.withUTF8 { SecretDigest(of: UnsafeRawBufferPointer($0)) }
  }

  /// What it is called.
  public static func name(_ kind: Kind, _ form: Form) -> StaticString {
    switch (form, kind) {
    case (.host, .user): "__Host-ollama_gateway"
    case (.host, .device): "__Host-ollama_gateway_device"
    case (.host, .issuer): "__Host-ollama_gateway_issuer"
    case (.secure, .user): "__Secure-ollama_gateway"
    case (.secure, .device): "__Secure-ollama_gateway_device"
    case (.secure, .issuer): "__Secure-ollama_gateway_issuer"
    case (.plain, .user): "ollama_gateway_user"
    case (.plain, .device): "ollama_gateway_user_device"
    case (.plain, .issuer): "ollama_gateway_user_issuer"
    }
  }

  /// Those of a name that a request shows, each once and a few at most; none of them need be valid.
  ///
  /// A request without a cookie of this name costs a look at its fields, and no memory.
  public static func read(_ kind: Kind, _ form: Form, in fields: FieldSection) -> [UserCookie] {
    var found: [UserCookie] = []
    var candidates = 0
    fields.withEachField { field in
      guard field.isNamed("cookie") else { return }
      for pair in field.value.split(separator: UInt8(ascii: ";")) where candidates < candidateLimit {
        guard let value = value(of: pair, kind, form) else { continue }
        candidates += 1
        if let cookie = UserCookie(String(decoding: value, as: UTF8.self)), !found.contains(cookie) {
          found.append(cookie)
        }
      }
    }
    return found
  }

  /// The value of a pair of this name.
  private static func value(
    of pair: Slice<UnsafeRawBufferPointer>, _ kind: Kind, _ form: Form
  ) -> Slice<UnsafeRawBufferPointer>? {
    // Most cookies are another's, and shorter.
    guard pair.count > digits else { return nil }
    let text = pair.drop(while: ASCII.isBlank)
    let name = name(kind, form)
    let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")), text[..<equals].elementsEqual(wanted)
    else { return nil }
    let value = text[text.index(after: equals)...]
    guard let end = value.lastIndex(where: { !ASCII.isBlank($0) }) else { return nil }
    return value[...end]
  }

  /// The value of `Set-Cookie` that gives it to a browser.
  ///
  /// - Parameters:
  ///   - path: the gateway's base path, `/` at the root.
  ///   - seconds: how long the browser keeps it.
  public func setting(_ kind: Kind, _ form: Form, path: String, seconds: Int) -> String {
    UserCookie.setting(text, kind, form, path: path, seconds: seconds)
  }

  /// The value of `Set-Cookie` that takes it from a browser.
  public static func ending(_ kind: Kind, _ form: Form, path: String) -> String {
    setting("", kind, form, path: path, seconds: 0)
  }

  private static func setting(
    _ text: String, _ kind: Kind, _ form: Form, path: String, seconds: Int
  ) -> String {
    // A semicolon would end the path; such a base path has its cookies for the folder of the request.
    let attribute = form != .host && path.utf8.contains(UInt8(ascii: ";")) ? "" : "; Path=\(path)"
    return
      "\(name(kind, form))=\(text)\(attribute)\(form == .plain ? "" : "; Secure"); HttpOnly; SameSite=Lax; Max-Age=\(seconds)"
  }
}
