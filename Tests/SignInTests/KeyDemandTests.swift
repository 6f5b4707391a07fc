import System
import Testing

@testable import SignIn

/// What making a key takes of who has signed in some time ago.
struct KeyDemandTests {
  private static let now = Timestamp(millisecondsSince1970: 1_800_000_000_000)

  @Test(
    arguments: [
      (0, false), (299, false), (300, true), (86_400, true), (-60, false),
      // By a clock that was set back by more than two of them differ.
      (-61, true), (-86_400, true),
    ])
  func bySeconds(_ age: Int, _ isAsked: Bool) {
    let signedInAt = Self.now.adding(.seconds(-age))
    for (hasPassword, demand) in [(true, KeyDemand.password), (false, .signIn)] {
      let found = KeyDemand(signedInAt: signedInAt, hasPassword: hasPassword, at: Self.now)
      #expect(found == (isAsked ? demand : nil))
    }
  }

  @Test func whereItIsNotKnownWhen() {
    #expect(KeyDemand(signedInAt: nil, hasPassword: true, at: Self.now) == .password)
    #expect(KeyDemand(signedInAt: nil, hasPassword: false, at: Self.now) == .signIn)
  }

  @Test func timesThatAreAtTheEnd() {
    for time in [Timestamp(millisecondsSince1970: .min), Timestamp(millisecondsSince1970: .max)] {
      #expect(KeyDemand(signedInAt: time, hasPassword: true, at: Self.now) == .password)
      #expect(KeyDemand(signedInAt: Self.now, hasPassword: true, at: time) == .password)
    }
  }
}
