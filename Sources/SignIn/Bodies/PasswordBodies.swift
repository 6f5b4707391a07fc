package import Handling
package import JSON

/// The body of `POST /api/v1/auth/refresh`.
package struct RefreshBody: Sendable {
  /// Never written anywhere.
  package let token: String

  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    token = try SignInBody.text(body["refresh_token"], "refresh_token", 0...16_384)
  }
}

/// The body of `POST /api/v1/auth/password-reset`.
package struct ResetWish: Sendable {
  /// As it was typed.
  package let email: String

  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    email = try SignInBody.email(body["email"])
  }
}

/// The body of `POST /api/v1/auth/password-reset/confirm`.
package struct ResetConfirmation: Sendable {
  /// Of the link; never written anywhere.
  package let token: String
  /// Never written anywhere.
  package let newPassword: String

  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    token = try SignInBody.text(body["token"], "token", 0...1024)
    newPassword = try SignInBody.text(body["new_password"], "new_password", 8...100)
  }
}

/// The body of `POST /api/v1/auth/password`.
package struct PasswordChange: Sendable {
  /// Never written anywhere.
  package let current: String
  /// Never written anywhere.
  package let new: String

  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    current = try SignInBody.text(body["current_password"], "current_password", 1...1024)
    new = try SignInBody.text(body["new_password"], "new_password", 0...1024)
  }
}
