package import Handling
package import JSON

/// The body of `POST /api/v1/auth/register`: who wants to be a user. What it says of rights means nothing.
package struct Registration: Equatable, Sendable {
  /// As it was typed.
  package let email: String
  /// As it was typed.
  package let username: String
  /// Never written anywhere.
  package let password: String
  /// What the user is called; nil where nothing is said.
  package let fullName: String?

  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    email = try SignInBody.email(body["email"])
    username = try SignInBody.text(body["username"], "username", 3...100)
    password = try SignInBody.text(body["password"], "password", 8...100)
    let fullName = try SignInBody.optionalText(body["full_name"], "full_name", 0...200)
    guard (fullName ?? "").utf8.count <= 200 else {
      throw RequestFailure(422, "“full_name” takes a text of at most 200 bytes.", field: "full_name")
    }
    self.fullName = fullName
  }
}

extension SignInBody {
  /// The form of an address of e-mail: something before and behind one `@`, a dot behind it, no blanks and no controls. Whether there is
  /// such an address nobody can tell but who gets mail there.
  ///
  /// - Throws: 422.
  static func email(_ value: JSONValue?) throws(RequestFailure) -> String {
    let text = try text(value, "email", 3...254)
    guard isEmail(text) else {
      throw RequestFailure(422, "“email” takes an e-mail address.", field: "email")
    }
    return text
  }

  static func isEmail(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= 254, let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return false }
    let (local, domain) = (bytes[..<at], bytes[bytes.index(after: at)...])
    let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return 1...64 ~= local.count && labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
      && !domain.contains(UInt8(ascii: "@"))
      && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"\"<>(),;:\\".utf8.contains($0) }
  }
}
