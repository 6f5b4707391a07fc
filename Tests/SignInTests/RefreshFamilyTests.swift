import System
import Testing

@testable import SignIn

@Suite("Families of refresh tokens") struct RefreshFamilyTests {
  private static let start = Timestamp(millisecondsSince1970: 1_795_780_800_000)

  private static func next(_ family: RefreshFamily, _ number: Int, after seconds: Int) -> RefreshFamily? {
    if case .next(let next) = family.take(number, at: start.adding(.seconds(seconds))) { next } else { nil }
  }

  @Test func eachTokenIsGoodOnce() throws {
    let first = RefreshFamily(at: Self.start)
    #expect(first.number == 1)
    let second = try #require(Self.next(first, 1, after: 60))
    #expect(second.number == 2)
    #expect(second.issuedAt == Self.start.adding(.seconds(60)))
    let third = try #require(Self.next(second, 2, after: 120))
    #expect(third.take(1, at: Self.start.adding(.seconds(121))) == .replayed)
    #expect(third.take(4, at: Self.start.adding(.seconds(121))) == .unknown)
    #expect(third.take(0, at: Self.start.adding(.seconds(121))) == .unknown)
    #expect(third.take(-1, at: Self.start.adding(.seconds(121))) == .unknown)
  }

  @Test func twoTabsGetTheSame() throws {
    let second = try #require(Self.next(RefreshFamily(at: Self.start), 1, after: 60))
    #expect(second.take(1, at: Self.start.adding(.seconds(60))) == .again)
    #expect(second.take(1, at: Self.start.adding(.milliseconds(69_999))) == .again)
    #expect(second.take(1, at: Self.start.adding(.seconds(70))) == .replayed)
    // Who came a moment before the other was answered after it.
    #expect(second.take(1, at: Self.start.adding(.milliseconds(59_995))) == .again)
    #expect(second.take(1, at: Self.start.adding(.milliseconds(50_001))) == .again)
    // A clock that was set back.
    #expect(second.take(1, at: Self.start.adding(.seconds(50))) == .replayed)
    #expect(second.take(1, at: Self.start) == .replayed)
  }

  @Test func itEndsWithItsTime() {
    let family = RefreshFamily(at: Self.start)
    #expect(family.take(1, at: Self.start.adding(.seconds(7 * 86_400))) == .unknown)
    #expect(Self.next(family, 1, after: 7 * 86_400 - 1) != nil)
    #expect(RefreshFamily(number: 0, issuedAt: Self.start) == nil)
    #expect(RefreshFamily(number: .max, issuedAt: Self.start) == nil)
    #expect(RefreshFamily(number: 1, issuedAt: Timestamp(millisecondsSince1970: .max))?.expiresAt != nil)
  }

  @Test(arguments: ["0123456789abcdef.1", "0123456789abcdef.1099511627775"]) func idsAreRead(_ text: String) {
    #expect(RefreshTokenID(text)?.text == text)
  }

  @Test(arguments: [
    "", ".", "0123456789abcdef", "0123456789abcdef.", ".1", "0123456789abcdef.0", "0123456789abcdef.01",
    "0123456789abcdef.-1", "0123456789abcdef.+1", "0123456789abcdef.1099511627776", "0123456789abcdef.1.2",
    "0123456789 abcde.1", "0123456789äbcd.1", "0123456789abcdef.99999999999999999999", "0123456789abcde.1",
    String(repeating: "a", count: 65) + ".1",
  ]) func othersAreNone(_ text: String) {
    #expect(RefreshTokenID(text) == nil)
  }
}

@Suite("Requests in a minute") struct RequestWindowTests {
  @Test func fiveAMinute() {
    let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    var window = RequestWindow()
    let here = RequestWindow.Caller.network(LoginNetwork(.v4(1)))
    for second in 0..<5 { #expect(window.take(here, at: start + .seconds(second)) == nil) }
    #expect(window.take(here, at: start + .seconds(5)) == .seconds(55))
    #expect(window.take(.network(LoginNetwork(.v4(2))), at: start + .seconds(5)) == nil)
    #expect(window.take(.user(1), at: start + .seconds(5)) == nil)
    #expect(window.take(here, at: start + .seconds(60)) == nil)
    #expect(window.take(here, at: start + .seconds(60)) == .seconds(1))
  }

  @Test func whatComesToNothingDoesNotCount() {
    let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    var window = RequestWindow(limit: 2, window: .seconds(86_400))
    let here = RequestWindow.Caller.user(1)
    window.giveBack(here)
    for second in 0..<5 {
      #expect(window.take(here, at: start + .seconds(second)) == nil)
      window.giveBack(here)
    }
    for second in 5..<7 { #expect(window.take(here, at: start + .seconds(second)) == nil) }
    #expect(window.take(here, at: start + .seconds(7)) == .seconds(86_398))
    #expect(window.take(here, at: start + .seconds(86_405)) == nil)
  }
}
