internal import Bytes
internal import Configuration
internal import HTTPClient
internal import HTTPFields
internal import JSONWebToken

/// A code for tokens (RFC 6749 section 4.1.3): what is sent, and what comes of what comes back. A plain value.
package struct CodeExchange: Sendable {
  /// What came back with the browser: 1-2048 visible characters of ASCII.
  package let code: String
  /// That with which the browser was sent there.
  package let request: SignInRequest

  /// The most bytes of what comes back.
  package static let longestResponse = 64 * 1024

  /// Nil where the code is none.
  package init?(code: String, of request: SignInRequest) {
    guard (1...2048).contains(code.utf8.count), code.utf8.allSatisfy(ASCII.isVisible) else { return nil }
    self.code = code
    self.request = request
  }

  /// What is sent to the issuer's token endpoint.
  func message(
    to document: IssuerDocument, _ settings: IssuerSettings, secret: IssuerSecret?
  ) -> (fields: FieldSection, body: [UInt8]) {
    var fields: FieldSection = [
      ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
    ]
    var members = [
      ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", request.redirectURL),
      ("code_verifier", request.verifier),
    ]
    if let secret, !document.takesSecretInBody {
      // RFC 6749 section 2.3.1: each half is a value of a form.
      let halves = "\(FormText.encoded(settings.clientID)):\(FormText.encoded(secret.text))"
      fields.append("Authorization", "Basic \(Base64.text(of: Array(halves.utf8)))")
    } else {
      members.append(("client_id", settings.clientID))
      if let secret { members.append(("client_secret", secret.text)) }
    }
    return (fields, Array(FormText.text(members).utf8))
  }

  /// What came back with it.
  struct Tokens {
    let identityToken: TokenText
    /// The text of it, which a sign-out shows the issuer.
    let identityText: String
    let accessToken: String?
  }

  /// Reads what came back.
  static func tokens(of status: Int, _ content: [UInt8]) throws(IssuerFailure) -> Tokens {
    let object = StrictObject(content)
    guard status == 200 else {
      if status >= 500 { throw .away }
      guard let word = object?.text("error"), isWord(word) else { throw .malformed }
      throw .refused(word)
    }
    guard let object, let type = object.text("token_type"),
      type.lowercased().utf8.elementsEqual("bearer".utf8), let text = object.text("id_token")
    else { throw .malformed }
    let token: TokenText
    do { token = try TokenText(text) } catch { throw .token(error) }
    return Tokens(identityToken: token, identityText: text, accessToken: object.text("access_token"))
  }

  /// Whether a text is an `error` (RFC 6749 sections 4.1.2.1 and 5.2), cut to what a log line or a page may have.
  package static func isWord(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
      }
  }
}

extension CodeExchange: CustomStringConvertible, CustomReflectable {
  package var description: String { "a code" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
