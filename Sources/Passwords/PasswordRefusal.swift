/// Why a password was not hashed.
package enum PasswordRefusal: Error, Equatable, Sendable {
  /// Too many wait: 429.
  case busy
  /// It is longer than bcrypt takes or has a NUL, which ``PasswordRule`` tells before, or libcrypt has no memory.
  case unusable
}
