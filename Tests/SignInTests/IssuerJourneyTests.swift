import Access
import System
import Testing

@testable import SignIn

@Suite("Journeys to the issuer") struct IssuerJourneyTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
  private static let network = LoginNetwork(IPAddress("192.0.2.7"))

  @Test func eachHasSecretsOfItsOwn() {
    let (one, other) = (IssuerJourney(next: "/"), IssuerJourney(next: "/"))
    #expect(Set([one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier]).count == 6)
    #expect(one.verifier.utf8.count == 43)
    #expect(!"\(one)".contains(one.state) && !String(reflecting: one).contains(one.verifier))
  }

  @Test func itEndsOnce() {
    var journeys = IssuerJourneys()
    let (journey, cookie) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(journey, by: cookie, from: Self.network, at: Self.start)
    #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start) == journey)
    #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start) == nil)
  }

  @Test func anotherBrowserDoesNotEndIt() {
    var journeys = IssuerJourneys()
    let (mine, cookie) = (IssuerJourney(next: "/"), UserCookie())
    let (hers, other) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(mine, by: cookie, from: Self.network, at: Self.start)
    journeys.begin(hers, by: other, from: Self.network, at: Self.start)
    #expect(journeys.end(by: [], state: mine.state, at: Self.start) == nil)
    #expect(journeys.end(by: [UserCookie()], state: mine.state, at: Self.start) == nil)
    // Swapped; who has tried ends neither.
    #expect(journeys.end(by: [cookie], state: hers.state, at: Self.start) == nil)
    #expect(journeys.end(by: [cookie], state: "", at: Self.start) == nil)
    #expect(journeys.end(by: [other], state: hers.state, at: Self.start) == hers)
    #expect(journeys.end(by: [cookie], state: mine.state, at: Self.start) == mine)
  }

  /// Each tab comes back by its own state, in any order.
  @Test func aBrowserHasSeveralTabs() {
    var journeys = IssuerJourneys()
    let cookie = UserCookie()
    #expect(journeys.known([cookie]) == nil)
    let tabs = (0..<3).map { IssuerJourney(next: "/\($0)") }
    for tab in tabs { journeys.begin(tab, by: cookie, from: Self.network, at: Self.start) }
    #expect(journeys.known([UserCookie(), cookie]) == cookie)
    for tab in tabs.reversed() {
      #expect(journeys.known([cookie]) == cookie)
      #expect(journeys.end(by: [cookie], state: tab.state, at: Self.start) == tab)
    }
    #expect(journeys.known([cookie]) == nil)
  }

  @Test func itTakesTenMinutes() {
    var journeys = IssuerJourneys()
    let (journey, cookie) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(journey, by: cookie, from: Self.network, at: Self.start)
    #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start + .seconds(600)) == nil)
  }

  @Test func theOldestIsForgotten() {
    var journeys = IssuerJourneys(capacity: 3)
    let all = (0..<5).map { _ in (IssuerJourney(next: "/"), UserCookie()) }
    for (journey, cookie) in all { journeys.begin(journey, by: cookie, from: Self.network, at: Self.start) }
    #expect(journeys.count == 3)
    #expect(journeys.end(by: [all[1].1], state: all[1].0.state, at: Self.start) == nil)
    #expect(journeys.end(by: [all[4].1], state: all[4].0.state, at: Self.start) == all[4].0)
    // Those whose time is over make room first.
    journeys.begin(all[0].0, by: all[0].1, from: Self.network, at: Self.start + .seconds(601))
    #expect(journeys.count == 1)
    #expect(journeys.known([all[4].1, all[3].1]) == nil)
  }

  /// Whoever sets out without end ends nobody's way but his own.
  @Test func aNetworkHasItsShare() {
    var journeys = IssuerJourneys()
    let (mine, cookie) = (IssuerJourney(next: "/"), UserCookie())
    let near = LoginNetwork(IPAddress("192.0.2.8"))
    journeys.begin(mine, by: cookie, from: near, at: Self.start)
    let flood = (0..<IssuerJourneys.limit + 200).map { _ in (IssuerJourney(next: "/"), UserCookie()) }
    for (journey, cookie) in flood { journeys.begin(journey, by: cookie, from: Self.network, at: Self.start) }
    #expect(journeys.count == IssuerJourneys.networkLimit + 1)
    #expect(journeys.end(by: [cookie], state: mine.state, at: Self.start) == mine)
    // Its own oldest are gone, and its latest are there.
    let (kept, gone) = (flood[flood.count - IssuerJourneys.networkLimit], flood[0])
    #expect(journeys.known([gone.1]) == nil)
    #expect(journeys.end(by: [gone.1], state: gone.0.state, at: Self.start) == nil)
    #expect(journeys.end(by: [kept.1], state: kept.0.state, at: Self.start) == kept.0)
  }

  /// What has ended, or is too late, takes nothing of a network's share.
  @Test func whatHasEndedTakesNoShare() {
    var journeys = IssuerJourneys(capacity: 10, perNetwork: 2)
    let all = (0..<5).map { _ in (IssuerJourney(next: "/"), UserCookie()) }
    func begin(_ index: Int, at time: MonotonicTime) {
      journeys.begin(all[index].0, by: all[index].1, from: Self.network, at: time)
    }
    func end(_ index: Int, at time: MonotonicTime) -> IssuerJourney? {
      journeys.end(by: [all[index].1], state: all[index].0.state, at: time)
    }
    begin(0, at: Self.start)
    begin(1, at: Self.start)
    #expect(end(1, at: Self.start) == all[1].0)
    begin(2, at: Self.start)
    #expect(journeys.count == 2)
    let later = Self.start + .seconds(601)
    begin(3, at: later)
    begin(4, at: later)
    #expect(journeys.count == 2)
    #expect(end(3, at: later) == all[3].0 && end(4, at: later) == all[4].0)
    #expect(journeys.count == 0)
  }

  /// What has ended is no burden, whatever stands before it.
  @Test func thoseThatHaveEndedTakeNoRoom() {
    var journeys = IssuerJourneys(capacity: 3)
    let (first, cookie) = (IssuerJourney(next: "/"), UserCookie())
    journeys.begin(first, by: cookie, from: Self.network, at: Self.start)
    for _ in 0..<20 {
      let journey = IssuerJourney(next: "/")
      journeys.begin(journey, by: cookie, from: Self.network, at: Self.start)
      #expect(journeys.end(by: [cookie], state: journey.state, at: Self.start) == journey)
    }
    #expect(journeys.count == 1)
    #expect(journeys.end(by: [cookie], state: first.state, at: Self.start) == first)
  }

  @Test(arguments: [
    "/", "/ai/", "/status", "/docs#x", "/?session=a%20b", "/?next=//x", "/a/...", "/%2F%2Fevil",
  ])
  func itLeadsHere(_ path: String) {
    #expect(IssuerJourney.leads(to: path, under: ""))
    #expect(IssuerJourney.leads(to: "/chat" + path, under: "/chat"))
  }

  @Test(arguments: [
    "", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\\b", "/a b",
    "/a\r\nSet-Cookie: x", "\\\\evil.example", "/\t/evil.example", "/..//evil.example", "/a/../b", "/./a",
    "/%2e%2E/a", "/.%2e?x", "/%2E", "/\u{7F}", "?x", "#x",
    "/ä", "javascript:alert(1)", "/" + String(repeating: "a", count: 1024),
  ]) func itLeadsNowhereElse(_ path: String) {
    #expect(!IssuerJourney.leads(to: path, under: ""))
    #expect(!IssuerJourney.leads(to: path, under: "/chat"))
  }

  /// What else the host has is not the gateway's.
  @Test(arguments: [
    "/", "/status", "/chats", "/chat%2F", "/CHAT/", "//chat/", "/chat/../status", "/chat/%2e%2e/status",
  ])
  func itStaysUnderTheBasePath(_ path: String) {
    #expect(!IssuerJourney.leads(to: path, under: "/chat"))
  }

  @Test(arguments: ["/chat", "/chat/", "/chat?x=/../y", "/chat#x", "/chat/status"])
  func whatIsUnderTheBasePathIsOurs(_ path: String) {
    #expect(IssuerJourney.leads(to: path, under: "/chat"))
  }
}
