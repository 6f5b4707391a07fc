import Testing

@testable import Passwords

@Suite("Hashes of passwords") struct PasswordHashTests {
  /// Those of Openwall's `crypt_blowfish` 1.3 (`wrapper.c`) whose passwords are UTF-8, and two of Python's `crypt`.
  static let vectors: [(text: String, password: String)] = [
    ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
    ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
    ("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"),
    ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""),
    (
      "$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    ),
    ("$2b$06$abcdefghijklmnopqrstuu19ejCDRUyUgxrDP6fpe0OzJ7myevKMK", "Correct-Horse1"),
    ("$2b$05$abcdefghijklmnopqrstuuVtx0Wp4c2mcw7OHKrxfr4KUycL8I2fm", "Grüße, 世界!1A"),
  ]

  @Test(arguments: vectors)
  func thePasswordOfAHashIsKnownAgain(_ text: String, _ password: String) throws {
    let hash = try #require(PasswordHash(text))
    #expect(hash.text == text)
    #expect(hash.matches(password))
    for other in [password + " ", "x" + password, String(password.dropLast()) + "\u{1}", "U*U*U*"] {
      #expect(!hash.matches(other))
    }
  }

  @Test func aNewHashIsItsPasswordsAlone() throws {
    let hash = try #require(PasswordHash.make("Correct-Horse1", cost: 4))
    #expect(hash.text.hasPrefix("$2b$04$"))
    #expect(hash.matches("Correct-Horse1"))
    #expect(!hash.matches("Correct-Horse2"))
    #expect(hash.isMade(atCost: 4) && !hash.isMade(atCost: PasswordHash.cost))
    // Each has a salt of its own.
    let other = try #require(PasswordHash.make("Correct-Horse1", cost: 4))
    #expect(hash != other)
    #expect(PasswordHash(hash.text) == hash)
  }

  @Test func aHashOfTodayHasTodaysCost() throws {
    let hash = try #require(PasswordHash.make("Correct-Horse1"))
    #expect(hash.text.hasPrefix("$2b$12$"))
    #expect(hash.isMade(atCost: PasswordHash.cost))
    #expect(hash.matches("Correct-Horse1"))
  }

  /// bcrypt itself would take the first 72 bytes, or those before the NUL.
  @Test func whatWouldBeCutMatchesNothing() throws {
    let text = "$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
    let password = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    let hash = try #require(PasswordHash(text))
    #expect(hash.matches(password))
    #expect(!hash.matches(password + "0"))
    #expect(!hash.matches(password + String(repeating: "0", count: 100_000)))
    #expect(PasswordHash.make(password + "0", cost: 4) == nil)
    let short = try #require(PasswordHash.make("abc", cost: 4))
    #expect(!short.matches("abc\0def"))
    #expect(!short.matches("abc\0"))
    #expect(PasswordHash.make("abc\0def", cost: 4) == nil)
  }

  /// The salt has 128 bits in 22 digits: the last has four that mean nothing, which some programs have set.
  @Test func bitsOfTheSaltThatMeanNothingDoNotCount() throws {
    let canonical = try #require(PasswordHash.make("Correct-Horse1", cost: 4)).text
    let digits = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    var bytes = Array(canonical)
    let place = try #require(digits.firstIndex(of: bytes[28]))
    bytes[28] = digits[digits.index(after: place)]
    let hash = try #require(PasswordHash(String(bytes)))
    #expect(hash.text != canonical)
    #expect(hash.matches("Correct-Horse1"))
    #expect(!hash.matches("Correct-Horse2"))
  }

  @Test(arguments: [
    "", "$2b$12$", "x", "plain",
    // Other methods, a broken one among them, and none.
    "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$6$$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    // Costs that would take hours, or longer than others, that are none, and that are too low.
    "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$13$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$+5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$055CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    // Too short, too long, digits that are none.
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW",
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC+E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO\u{0}W",
    "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOéW",
    "*0", "$2b$05$\nCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
  ])
  func whatIsNoHashIsNone(_ text: String) {
    #expect(PasswordHash(text) == nil)
  }

  @Test func theDummyCostsWhatAHashCostsAndMatchesNothing() {
    #expect(PasswordHash(PasswordHash.dummy.text) == .dummy)
    #expect(PasswordHash.dummy.isMade(atCost: PasswordHash.cost))
    #expect(!PasswordHash.dummy.matches(""))
    #expect(!PasswordHash.dummy.matches("password"))
  }

  @Test func aHashIsNotPrinted() {
    #expect(!"\(PasswordHash.dummy)".contains("DUMMY"))
    #expect(!String(reflecting: PasswordHash.dummy).contains("DUMMY"))
  }
}
