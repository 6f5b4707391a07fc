internal import Bytes
package import Handling
package import JSON
internal import OllamaAPI

/// What somebody signs in with.
package struct NameAndPassword: Equatable, Sendable {
  /// A user's name or e-mail address, as it was typed.
  package let name: String
  /// Never written anywhere.
  package let password: String

  /// Bytes of each that are read.
  private static let limit = 1024
  /// Fields of a form that are looked at.
  private static let fieldLimit = 16

  /// - Parameters: see the properties.
  init(name: String, password: String) {
    self.name = name
    self.password = password
  }

  /// Reads the form of `POST /api/v1/auth/login`, as OAuth 2 has it (RFC 6749 section 4.3.2): of the rest of it `grant_type` alone means
  /// something.
  ///
  /// - Parameter form: `application/x-www-form-urlencoded`.
  /// - Throws: 422 that names the field.
  package init(form: [UInt8]) throws(RequestFailure) {
    let text = Substring(String(decoding: form, as: UTF8.self)).utf8
    var values: [String: String] = [:]
    for pair in text.split(separator: UInt8(ascii: "&")).prefix(Self.fieldLimit) {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = PercentEncoding.decodeForm(parts[0])
      guard ["username", "password", "grant_type"].contains(name) else { continue }
      values[name] = parts.count > 1 ? PercentEncoding.decodeForm(parts[1]) : ""
    }
    if let grant = values["grant_type"], !grant.isEmpty, !grant.utf8.elementsEqual("password".utf8) {
      throw RequestFailure(422, "“grant_type” takes “password”.", field: "grant_type")
    }
    name = try NameAndPassword.value(values["username"], "username")
    password = try NameAndPassword.value(values["password"], "password")
  }

  /// Reads the body of `POST /api/v1/auth/session`.
  ///
  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    name = try NameAndPassword.value(body["username"], "username")
    password = try NameAndPassword.value(body["password"], "password")
  }

  private static func value(_ value: JSONValue?, _ name: String) throws(RequestFailure) -> String {
    if let value, !value.isNull, value.kind != .string {
      throw .field(name, got: value.kind, takes)
    }
    return try NameAndPassword.value(value?.string, name)
  }

  private static func value(_ text: String?, _ name: String) throws(RequestFailure) -> String {
    guard let text, !text.isEmpty else {
      throw RequestFailure(
        422, "“\(name)” is missing; it takes \(takes).", field: name, fault: FieldFault(.missing))
    }
    guard text.utf8.count <= limit else {
      throw RequestFailure(422, "“\(name)” takes \(takes).", field: name)
    }
    return text
  }

  private static var takes: String { "a text of at most \(limit) bytes" }
}
