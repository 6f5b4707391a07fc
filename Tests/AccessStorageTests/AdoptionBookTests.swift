import Access
import Sessions
import System
import Testing

@testable import AccessStorage

/// Sessions that change hands by what is changed of a key or a user: ordered with that change.
@Suite struct AdoptionBookTests {
  private func orders(_ book: inout AccessBook) -> [AdoptionOrder] {
    book.takeChanges().compactMap { if case .putAdoption(let order, _) = $0 { order } else { nil } }
  }

  private func book() throws -> (AccessBook, KeyID) {
    var book = AccessBook()
    for name in ["ann", "bob"] { try book.addUser(try #require(UserName(name)), at: .now) }
    let key = KeyRecord.sample(1)
    try book.add(key)
    _ = book.takeChanges()
    return (book, key.id)
  }

  @Test func aKeyThatGetsAUserTakesItsSessionsToHim() throws {
    var (book, key) = try book()
    try book.change(key) { $0.name = "another" }
    #expect(orders(&book) == [])
    let revision = book.revision
    try book.change(key) { $0.user = UserName("bob") }
    #expect(orders(&book) == [AdoptionOrder(other: "key:\(key)", owner: "user:2")])
    #expect(book.revision == revision + 1, "as the store counts it")
    // By his new name he is the same, and his sessions are his when the key is another's.
    try book.change(try #require(UserID(2 as Int64))) { $0.name = UserName("rob")! }
    try book.change(key) { $0.user = UserName("ann") }
    #expect(orders(&book) == [])
    try book.change(key) { $0.user = nil }
    #expect(orders(&book) == [])
  }

  @Test func anHeirGetsThoseOfADeletedUser() throws {
    var (book, _) = try book()
    let (ann, bob) = (try #require(UserID(1 as Int64)), try #require(UserID(2 as Int64)))
    #expect(throws: AccessError.noUser) { try book.delete(ann, givingTo: ann) }
    #expect(throws: AccessError.noUser) { try book.delete(ann, givingTo: UserID(9 as Int64)) }
    #expect(!book.hasChanges)
    try book.delete(ann, givingTo: bob)
    #expect(orders(&book) == [AdoptionOrder(other: "user:1", owner: "user:2")])
    try book.delete(bob)
    let dropped = book.changes.compactMap { if case .dropAdoptions(let owner) = $0 { owner } else { nil } }
    #expect(dropped == ["user:2"], "nobody gives him any more")
    #expect(orders(&book) == [])
  }
}
