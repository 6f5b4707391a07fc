import Testing

@testable import Budgets

@Suite struct TablePlacesTests {
  private static func accounts(turns: Int) -> ClientAccounts {
    var limits = ClientLimits()
    limits.turns = turns
    return ClientAccounts(limits: limits, capacity: 10)
  }

  @Test func theShareComesBeforeTheTable() throws {
    let (places, accounts) = (TablePlaces(limit: 3), Self.accounts(turns: 2))
    let (one, two) = (accounts.account(of: .v4(1)), accounts.account(of: .v4(2)))
    var held = [try places.take(.turn, of: one), try places.take(.turn, of: one)]
    #expect(throws: TableRefusal.overShare) { try places.take(.turn, of: one) }
    held.append(try places.take(.turn, of: two))
    #expect(throws: TableRefusal.tableIsFull) { try places.take(.turn, of: two) }
    #expect(throws: TableRefusal.tableIsFull) { try places.take(.turn, of: nil) }
    #expect(throws: TableRefusal.overShare) { try places.take(.turn, of: one) }
    #expect(places.count == 3 && one.count(of: .turn) == 2)
    #expect(two.count(of: .turn) == 1, "who was refused by the table has taken nothing of the share")
    held.removeFirst()
    #expect(places.count == 2 && one.count(of: .turn) == 1)
    held = []
    #expect(places.count == 0 && one.count(of: .turn) == 0 && two.count(of: .turn) == 0)
  }

  @Test func callersWithoutAnAccountHaveTheTable() throws {
    let places = TablePlaces(limit: 2)
    let held = [try places.take(.webSocket, of: nil), try places.take(.webSocket, of: nil)]
    #expect(held.count == 2 && places.count == 2)
    #expect(throws: TableRefusal.tableIsFull) { try places.take(.webSocket, of: nil) }
  }
}
