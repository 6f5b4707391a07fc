import Access
import System
import Testing

@testable import SignIn

@Suite("Journeys to the issuer") struct IssuerJourneyTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  @Test func eachHasSecretsOfItsOwn() {
    let (one, other) = (IssuerJourney(next: "/"), IssuerJourney(next: "/"))
    #expect(Set([one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier]).count == 6)
    #expect(one.verifier.utf8.count == 43)
    #expect(!"\(one)".contains(one.state) && !String(reflecting: one).contains(one.verifier))
  }

  @Test func itEndsOnce() {
    var journeys = IssuerJourneys()
    let (journey, cookie) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(journey, by: cookie, at: Self.start)
    #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start) == journey)
    #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start) == nil)
  }

  @Test func anotherBrowserDoesNotEndIt() {
    var journeys = IssuerJourneys()
    let (mine, cookie) = (IssuerJourney(next: "/"), UserCookie())
    let (hers, other) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(mine, by: cookie, at: Self.start)
    journeys.begin(hers, by: other, at: Self.start)
    #expect(journeys.end(by: [], state: mine.state, at: Self.start) == nil)
    #expect(journeys.end(by: [UserCookie()], state: mine.state, at: Self.start) == nil)
    // Swapped: neither is good any more.
    #expect(journeys.end(by: [cookie], state: hers.state, at: Self.start) == nil)
    #expect(journeys.end(by: [cookie], state: mine.state, at: Self.start) == nil)
    #expect(journeys.end(by: [other], state: hers.state, at: Self.start) == hers)
  }

  @Test func itTakesTenMinutes() {
    var journeys = IssuerJourneys()
    let (journey, cookie) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(journey, by: cookie, at: Self.start)
    #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start + .seconds(600)) == nil)
  }

  @Test func theOldestIsForgotten() {
    var journeys = IssuerJourneys(capacity: 3)
    let all = (0..<5).map { _ in (IssuerJourney(next: "/"), UserCookie()) }
    for (journey, cookie) in all { journeys.begin(journey, by: cookie, at: Self.start) }
    #expect(journeys.count == 3)
    #expect(journeys.end(by: [all[1].1], state: all[1].0.state, at: Self.start) == nil)
    #expect(journeys.end(by: [all[4].1], state: all[4].0.state, at: Self.start) == all[4].0)
    // Those whose time is over make room first.
    journeys.begin(all[0].0, by: all[0].1, at: Self.start + .seconds(601))
    #expect(journeys.count == 1)
  }

  @Test(arguments: ["/", "/ai/", "/status", "/docs#x", "/?session=a%20b"]) func itLeadsHere(_ path: String) {
    #expect(IssuerJourney.leads(to: path))
  }

  @Test(arguments: [
    "", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\\b", "/a b",
    "/a\r\nSet-Cookie: x",
    "/ä", "javascript:alert(1)", "/" + String(repeating: "a", count: 1024),
  ]) func itLeadsNowhereElse(_ path: String) {
    #expect(!IssuerJourney.leads(to: path))
  }
}
