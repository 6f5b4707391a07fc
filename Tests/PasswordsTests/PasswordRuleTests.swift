import Testing

@testable import Passwords

@Suite("The rule of passwords") struct PasswordRuleTests {
  @Test(arguments: [
    ("", PasswordFault.tooShort), ("Aa1!", .tooShort), ("Aa1!567", .tooShort),
    // What is wrong with it in other ways as well is told later.
    ("a", .tooShort), (String(repeating: "a", count: 129), .tooLong),
    (String(repeating: "a", count: 10_000_000), .tooLong),
    ("aaaa1111!", .noUpperCase), ("aaaaaaaa", .noUpperCase), ("ÄÖÜäöü11!", .noUpperCase),
    ("AAAA1111!", .noLowerCase), ("AAAAAAAA", .noLowerCase),
    ("Aaaaaaaa!", .noDigit), ("Aaaaaaaa", .noDigit), ("Aaaaaaa!٣", .noDigit),
    ("Aaaaaaa1", .noSpecialCharacter), ("Aaaaaaa1-_=+", .noSpecialCharacter),
    ("Password1!", .tooCommon), ("PASSWORd123!", .tooCommon), ("P@ssw0rd", .tooCommon),
    ("Aa1!" + String(repeating: "x", count: 69), .tooManyBytes),
    // 39 characters of 73 bytes.
    ("Aa1!x" + String(repeating: "é", count: 34), .tooManyBytes),
    ("Aa1!5678\0", .holdsNUL),
  ])
  func theFirstFaultIsTold(_ password: String, _ fault: PasswordFault) {
    #expect(PasswordRule.fault(of: password) == fault)
  }

  @Test(arguments: [
    "Aa1!5678", "Correct-Horse1!", "Aa1!" + String(repeating: "x", count: 68), "Grüße, 世界!1A", #"Aaaaaa1""#,
    "Password1!x",
  ])
  func goodOnesHaveNone(_ password: String) throws {
    #expect(PasswordRule.fault(of: password) == nil)
    // What the rule lets through can be hashed.
    let hash = try #require(PasswordHash.make(password, cost: 4))
    #expect(hash.matches(password))
  }

  @Test func eachSpecialCharacterCounts() {
    for character in #"!@#$%^&*(),.?":{}|<>"# {
      #expect(PasswordRule.fault(of: "Aaaaaaa1\(character)") == nil)
    }
  }

  /// Of 128 scalars the last still counts, in whatever way they are composed.
  @Test func charactersAreCountedAsPythonDoes() {
    #expect(PasswordRule.fault(of: "Aa1!" + String(repeating: "\u{301}", count: 4)) == nil)
    #expect(PasswordRule.fault(of: "Aa1!" + String(repeating: "\u{301}", count: 3)) == .tooShort)
    #expect(PasswordRule.fault(of: "Aa1!" + String(repeating: "\u{301}", count: 124)) == .tooManyBytes)
    #expect(PasswordRule.fault(of: "Aa1!" + String(repeating: "\u{301}", count: 125)) == .tooLong)
  }

  @Test func sentencesHoldNothingOfThePassword() {
    for fault in PasswordFault.allCases {
      #expect(fault.sentence.hasPrefix("Password "))
      #expect(!fault.sentence.hasSuffix("."))
    }
  }
}
