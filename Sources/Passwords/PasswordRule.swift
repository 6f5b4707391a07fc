internal import Bytes

/// Which passwords users may have: the rule of the first system, in its order, so that its clients are told the same.
package enum PasswordRule {
  /// How many characters there are: Unicode scalars, as Python counts.
  static let characters = 8...128
  static let specialCharacters = #"!@#$%^&*(),.?":{}|<>"#

  /// The ten most common of those that the rest of the rule lets through, in lower case.
  private static let common: Set<String> = [
    "password1!", "password123!", "p@ssw0rd", "p@ssw0rd1", "p@ssword1", "passw0rd!", "welcome1!",
    "welcome123!",
    "qwerty123!", "admin123!",
  ]

  /// What is wrong with a password, the first that fails; nil for a good one. Any thread, at once.
  package static func fault(of password: String) -> PasswordFault? {
    // Counted up to the bound: nobody makes it look at a megabyte.
    let count = password.unicodeScalars.prefix(characters.upperBound + 1).count
    if count < characters.lowerBound { return .tooShort }
    if count > characters.upperBound { return .tooLong }
    let bytes = password.utf8
    if !bytes.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) {
      return .noUpperCase
    }
    if !bytes.contains(where: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
      return .noLowerCase
    }
    if !bytes.contains(where: ASCII.isDigit) { return .noDigit }
    if !bytes.contains(where: specialCharacters.utf8.contains) { return .noSpecialCharacter }
    if common.contains(password.lowercased()) { return .tooCommon }
    if bytes.count > PasswordHash.longestPassword { return .tooManyBytes }
    if bytes.contains(0) { return .holdsNUL }
    return nil
  }
}
