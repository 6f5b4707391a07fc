import Sessions
import Testing

/// Orders by which sessions change hands stand until they are carried out.
@Suite("Stores: orders of adoptions") struct AdoptionContractTests {
  private func order(_ other: String, _ owner: String) -> AdoptionOrder {
    AdoptionOrder(other: other, owner: owner)
  }

  private func orders(_ store: OpenStore) throws -> [AdoptionOrder] {
    try store.reader.adoptions(limit: 100).map(\.order)
  }

  @Test(arguments: TestedStore.all)
  func theyStandUntilTheyAreDropped(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try orders(store) == [])
    try store.writeTwice(.putAdoption(order("key:A", "user:1")))
    try store.writeTwice(.putAdoption(order("loopback", "user:1")))
    try store.writeTwice(.putAdoption(order("loopback", "key:B")))
    try store.reopen()
    let expected = [order("key:A", "user:1"), order("loopback", "user:1"), order("loopback", "key:B")]
    #expect(try orders(store) == expected)
    #expect(try store.reader.adoptions(limit: 1).map(\.order) == [expected[0]])
    #expect(try store.reader.adoptions(limit: -1).isEmpty)
    let number = try store.reader.adoptions(limit: 9)[1].number
    try store.writeTwice(.dropAdoption(number: number, owner: "user:2"))
    #expect(try orders(store) == expected, "it is somebody else's by now")
    try store.writeTwice(.dropAdoption(number: number, owner: "user:1"))
    #expect(try orders(store) == [expected[0], expected[2]])
    try store.writeTwice(.dropAdoption(number: .max, owner: "user:1"))
    #expect(try orders(store).count == 2)
  }

  /// Whoever has carried it out by then has not seen what the second one is about, and somebody else may have been given some in between.
  @Test(arguments: TestedStore.all)
  func oneThatIsGivenAgainIsAnother(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.writeTwice(.putAdoption(order("loopback", "user:1"), at: .at(5)))
    try store.writeTwice(.putAdoption(order("loopback", "key:B"), at: .at(6)))
    try store.writeTwice(.putAdoption(order("loopback", "user:1"), at: .at(7)))
    let all = try store.reader.adoptions(limit: 9)
    #expect(
      all.map(\.order.owner) == ["user:1", "key:B", "user:1"]
        && all.map(\.orderedAt) == [.at(5), .at(6), .at(7)])
    try store.write(.dropAdoption(number: all[0].number, owner: "user:1"))
    #expect(try store.reader.adoptions(limit: 9) == Array(all[1...]))
  }

  /// Whoever has begun to carry out an order must not take another one for it.
  @Test(arguments: TestedStore.all)
  func noNumberIsGivenTwice(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putAdoption(order("loopback", "user:1")))
    let first = try #require(try store.reader.adoptions(limit: 9).first)
    try store.write(.dropAdoptions(to: "user:1"))
    try store.reopen()
    try store.write(.putAdoption(order("loopback", "user:1")))
    #expect(try #require(try store.reader.adoptions(limit: 9).first).number > first.number)
  }

  @Test(arguments: TestedStore.all)
  func keysThatHaveSessions(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    for (index, owner) in ["key:A", "key:B", "key:B/user:x", "user:1", "key;", "kez", "loopback", "key:B"]
      .enumerated()
    {
      try store.write(.putSession(.sample(StoreKey(stored: "s\(index)"), owner: owner)))
    }
    #expect(try store.reader.keyOwners(after: "", limit: 9) == ["key:A", "key:B", "key:B/user:x"])
    #expect(try store.reader.keyOwners(after: "key:A", limit: 1) == ["key:B"])
    #expect(try store.reader.keyOwners(after: "key:B/user:x", limit: 9) == [])
    #expect(try store.reader.keyOwners(after: "", limit: -1) == [])
    try store.write(.giveSession(StoreKey(stored: "s0"), to: "user:1", as: StoreKey(stored: "s0")))
    #expect(try store.reader.keyOwners(after: "", limit: 9) == ["key:B", "key:B/user:x"])
  }

  /// Who was to get some, and hands over what is his, or is deleted.
  @Test(arguments: TestedStore.all)
  func theyFollowWhoWasToGetThem(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putAdoption(order("key:A", "user:1")))
    try store.write(.putAdoption(order("key:B", "user:1")))
    let before = try store.reader.adoptions(limit: 9).map(\.number)
    try store.writeTwice(.putAdoption(order("user:1", "user:2")))
    #expect(try store.reader.adoptions(limit: 9).map(\.number).starts(with: before), "in their order")
    #expect(
      try Set(orders(store)) == [
        order("key:A", "user:2"), order("key:B", "user:2"), order("user:1", "user:2"),
      ])
    // Nobody gets what is his own.
    try store.writeTwice(.putAdoption(order("user:2", "key:A")))
    #expect(
      try Set(orders(store)) == [
        order("key:B", "key:A"), order("user:1", "key:A"), order("user:2", "key:A"),
      ])
  }

  /// What causes an order and the order are written together, or neither is.
  @Test(arguments: TestedStore.all)
  func theyAreWrittenWithTheirCause(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putKey(.sample("k1")))
    let revision = try store.reader.accessState().revision
    #expect(
      try store.refusal(of: .putAdoption(order("key:k1", "user:1")), .putKey(.sample("k1", revision: 5)))
        != nil)
    #expect(try orders(store) == [])
    try store.write(.putKey(.sample("k1", revision: 2)), .putAdoption(order("key:k1", "user:1")))
    #expect(try orders(store) == [order("key:k1", "user:1")])
    #expect(try store.reader.accessState().revision == revision + 1, "an order changes no key")
  }

  @Test(arguments: TestedStore.all)
  func theyKnowWhenTheyWereGiven(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.writeTwice(.putAdoption(order("loopback", "key:A"), at: .at(5)))
    try store.writeTwice(.putAdoption(order("key:B", "key:A"), at: .at(6)))
    try store.writeTwice(.putAdoption(order("key:A", "user:1"), at: .at(9)))
    let times = try Dictionary(
      uniqueKeysWithValues: store.reader.adoptions(limit: 9).map { ($0.order.other, $0.orderedAt) })
    #expect(
      times == ["loopback": .at(5), "key:B": .at(6), "key:A": .at(9)], "who gets them changes nothing of it")
    try store.write(.putAdoption(order("loopback", "user:1"), at: .at(20)))
    #expect(
      try store.reader.adoptions(limit: 9).filter { $0.order.other == "loopback" }.map(\.orderedAt) == [
        .at(5), .at(20),
      ])
    // Whoever was to get them is not there any more.
    try store.write(.putAdoption(order("loopback", "key:C"), at: .at(21)))
    try store.writeTwice(.dropAdoptions(to: "user:1"))
    #expect(try orders(store) == [order("loopback", "key:C")])
  }
}
