import Access
import Accounts
import Fleet
import Limits
import System
import Testing

@testable import Handling

/// Whose share, limits and account it is where a trusted proxy names who asks.
@Suite struct ProxyUserShareTests {
  private func principal(_ name: String) throws -> Principal {
    Authenticator(sharesSessions: false).principal(ofProxyUser: try #require(UserName(name)))
  }

  private let place = CallerPlace(isOnThisMachine: false, address: IPAddress("203.0.113.9"))

  @Test func hisTurnIsHisOwn() throws {
    var callers: [FleetCaller] = []
    for name in ["ann", "bob"] {
      var need = FleetRequest(.generation, model: "m")
      let principal = try principal(name)
      need.take(
        Admitted(principal, by: .chat, from: place, showing: .proxy(try #require(UserName(name)))))
      let caller = try #require(need.caller)
      callers.append(caller)
      #expect(need.flow == caller.flow)
    }
    #expect(callers == [.proxyUser("ann"), .proxyUser("bob")])
    #expect(Set(callers.map(\.flow)).count == 2)
  }

  @Test func hisLimitsAreThoseOfOneWithoutAKey() throws {
    let limits = try #require(LimitSet("rpm=1"))
    let payer = WorkPayer(try principal("ann"), at: place.address)
    let subjects = payer.subjects(anonymous: limits)
    #expect(subjects.map(\.subject) == [.proxyUser(try #require(UserName("ann")))])
    #expect(WorkPayer(try principal("ann"), at: nil).subjects(anonymous: .none).isEmpty)
  }

  @Test func hisAccountIsNoUsers() throws {
    let account = WorkPayer(try principal("ann"), at: nil).account(of: "m")
    #expect(account.user?.text == "proxy/user:ann" && account.key == nil && account.team == nil)
    let long = String(repeating: "n", count: 128)
    let name = WorkPayer(try principal(long), at: nil).user?.text
    #expect(name?.utf8.count == 128 && name?.hasPrefix("proxy/user:nnn") == true)
  }

  @Test func whereAllAreOneHeIsThat() throws {
    let name = try #require(UserName("ann"))
    #expect(Authenticator(sharesSessions: true).principal(ofProxyUser: name).id == .everybody)
  }
}
