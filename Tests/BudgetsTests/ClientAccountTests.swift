import Testing

@testable import Budgets

@Suite struct ClientAccountTests {
  private static let client = ClientNetwork.v4(0xC0_00_02_01)
  private static let other = ClientNetwork.v6(0x2001_0DB8_0000_0001)

  private static func accounts(capacity: Int = 100) -> ClientAccounts {
    var limits = ClientLimits()
    limits.connections = 2
    limits.webSockets = 1
    limits.sessions = 3
    limits.turns = 4
    return ClientAccounts(limits: limits, capacity: capacity)
  }

  @Test(arguments: [(16_384, 4096), (8, 2), (7, 1), (4, 1), (3, 1), (1, 1), (0, 1), (Int.max, Int.max / 4)])
  func aShareIsAQuarterAndNeverNothing(table: Int, share: Int) {
    #expect(ClientLimits.share(of: table) == share)
  }

  @Test(arguments: [
    (ClientResource.connection, 2), (.webSocket, 1), (.session, 3), (.turn, 4),
  ])
  func eachIsCountedByItselfUpToItsLimit(resource: ClientResource, limit: Int) {
    let account = Self.accounts().account(of: Self.client)
    for _ in 0..<limit { #expect(account.take(resource)) }
    #expect(!account.take(resource))
    for other in ClientResource.allCases where other != resource { #expect(account.count(of: other) == 0) }
    account.giveBack(resource)
    #expect(account.count(of: resource) == limit - 1)
    #expect(account.take(resource) && !account.take(resource))
    for _ in 0..<limit { account.giveBack(resource) }
    #expect(account.count(of: resource) == 0)
  }

  @Test(arguments: ClientBytes.allCases) func bytesAreCounted(bytes: ClientBytes) {
    let account = Self.accounts().account(of: Self.client)
    #expect(account.take(600, of: bytes, limit: 1000))
    #expect(!account.take(401, of: bytes, limit: 1000))
    #expect(!account.take(.max, of: bytes, limit: .max), "a sum that no number holds is over each limit")
    #expect(account.take(400, of: bytes, limit: 1000) && account.count(of: bytes) == 1000)
    account.giveBack(1000, of: bytes)
    #expect(account.count(of: bytes) == 0)
  }

  @Test func aHoldGivesBackWithItsLastReference() {
    let account = Self.accounts().account(of: Self.client)
    var hold = ClientHold.take(.webSocket, of: account)
    #expect(hold != nil && ClientHold.take(.webSocket, of: account) == nil)
    #expect(account.count(of: .webSocket) == 1, "one that was refused has taken nothing")
    hold = nil
    #expect(hold == nil && account.count(of: .webSocket) == 0)
  }

  // MARK: The table

  @Test func aClientHasOneAccountAsLongAsItIsHeld() {
    let accounts = Self.accounts()
    var account: ClientAccount? = accounts.account(of: Self.client)
    #expect(accounts.account(of: Self.client) === account)
    #expect(accounts.account(of: Self.other) !== account)
    #expect(accounts.count == 1, "the other's has gone with its only holder")
    #expect(account?.take(.turn) == true)
    account = nil
    #expect(accounts.count == 0)
    #expect(accounts.account(of: Self.client).count(of: .turn) == 0)
  }

  @Test func aHoldKeepsTheAccount() {
    let accounts = Self.accounts()
    var hold = ClientHold.take(.session, of: accounts.account(of: Self.client))
    #expect(accounts.count == 1 && accounts.account(of: Self.client).count(of: .session) == 1)
    #expect(hold?.account.network == Self.client)
    hold = nil
    #expect(accounts.count == 0)
  }

  @Test func theTableIsBounded() {
    let accounts = Self.accounts(capacity: 2)
    let first = accounts.account(of: .v4(1))
    var second: ClientAccount? = accounts.account(of: .v4(2))
    let third = accounts.account(of: .v4(3))
    #expect(third.network == nil, "there is no room: those who come later share an account")
    #expect(accounts.account(of: .v6(4)) === third)
    #expect(accounts.account(of: .v4(1)) === first)
    #expect(accounts.account(of: .v4(2)) === second)
    second = nil
    #expect(accounts.account(of: .v4(5)).network == .v4(5))
    #expect(accounts.count == 1)
  }

  /// Threads that take, hold and leave the same account at once.
  @Test func threadsMeetInAnAccount() async {
    let accounts = Self.accounts()
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var most = 0
          for _ in 0..<2000 {
            guard let hold = ClientHold.take(.connection, of: accounts.account(of: Self.client)) else {
              continue
            }
            most = max(most, hold.account.count(of: .connection))
          }
          return most
        }
      }
      for await most in group { #expect(most <= 2) }
    }
    #expect(accounts.count == 0)
  }
}
