/// Why a password is none that anybody may have. Holds nothing of it.
package enum PasswordFault: Error, Equatable, Sendable, CaseIterable {
  case tooShort, tooLong, noUpperCase, noLowerCase, noDigit, noSpecialCharacter, tooCommon, tooManyBytes
  case holdsNUL

  /// One sentence for who has chosen it, without its end.
  package var sentence: String {
    switch self {
    case .tooShort: "Password must be at least \(PasswordRule.characters.lowerBound) characters long"
    case .tooLong: "Password must be at most \(PasswordRule.characters.upperBound) characters long"
    case .noUpperCase: "Password must contain at least one uppercase letter"
    case .noLowerCase: "Password must contain at least one lowercase letter"
    case .noDigit: "Password must contain at least one digit"
    case .noSpecialCharacter:
      "Password must contain at least one special character (\(PasswordRule.specialCharacters))"
    case .tooCommon: "Password is too common"
    case .tooManyBytes: "Password must be at most \(PasswordHash.longestPassword) bytes long in UTF-8"
    case .holdsNUL: "Password must not contain the character NUL"
    }
  }
}
