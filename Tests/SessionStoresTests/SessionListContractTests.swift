import Sessions
import System
import Testing

@Suite("Stores: lists of sessions") struct SessionListContractTests {
  private static let count = 23

  /// Some sessions of two owners, three of a time.
  private func filled(_ kind: TestedStore) throws -> (store: OpenStore, keys: [String]) {
    let store = try OpenStore(kind)
    let sessions = (0..<Self.count).map {
      StoredSession.sample(StoreKey(stored: "s\($0)"), owner: "user:1", updatedAt: Int64($0 / 3))
    }
    for session in sessions { try store.write(.putSession(session)) }
    try store.write(.putSession(.sample(StoreKey(stored: "of another"), owner: "user:2", updatedAt: 3)))
    let keys = sessions.sorted {
      $0.updatedAt == $1.updatedAt
        ? $0.key.description.utf8.lexicographicallyPrecedes($1.key.description.utf8)
        : $0.updatedAt > $1.updatedAt
    }
    return (store, keys.map(\.key.description))
  }

  @Test(arguments: TestedStore.all)
  func anyPartOfIt(_ kind: TestedStore) throws {
    let (store, keys) = try filled(kind)
    for skip in 0...(Self.count + 2) {
      for limit in [1, 2, 7, Self.count, 1000] {
        let part = try store.reader.sessions(ownedBy: "user:1", skip: skip, limit: limit)
        #expect(part.total == Self.count)
        #expect(
          part.sessions.map(\.key.description) == Array(keys.dropFirst(skip).prefix(limit)),
          "\(skip) \(limit)")
      }
    }
  }

  @Test(arguments: TestedStore.all)
  func anyPartOfAllOwners(_ kind: TestedStore) throws {
    let (store, keys) = try filled(kind)
    let all = try store.reader.latestSessions(skip: 0, limit: .max)
    #expect(Set(all.map(\.key.description)) == Set(keys + ["of another"]))
    #expect(all.map(\.updatedAt) == all.map(\.updatedAt).sorted(by: >))
    for skip in [0, 1, 7, Self.count, Self.count + 1, .max] {
      for limit in [-1, 0, 1, 7, .max] {
        let part = try store.reader.latestSessions(skip: skip, limit: limit)
        #expect(part == Array(all.dropFirst(skip).prefix(max(0, limit))), "\(skip) \(limit)")
      }
    }
  }

  @Test(arguments: TestedStore.all)
  func numbersOfAnySize(_ kind: TestedStore) throws {
    let (store, keys) = try filled(kind)
    for (skip, limit) in [(Int.max, 1), (0, 0), (Self.count, .max), (.max, .max), (0, -1), (0, .min)] {
      let part = try store.reader.sessions(ownedBy: "user:1", skip: skip, limit: limit)
      #expect(part.sessions.isEmpty)
      #expect(part.total == Self.count)
    }
    for skip in [Int.min, -1, 0] {
      let part = try store.reader.sessions(ownedBy: "user:1", skip: skip, limit: .max)
      #expect(part.sessions.map(\.key.description) == keys)
    }
    #expect(try store.reader.sessions(ownedBy: "nobody", skip: 0, limit: 10).total == 0)
    #expect(try store.reader.sessions(after: nil, limit: .max).count == Self.count + 1)
    #expect(try store.reader.sessions(after: nil, limit: -1).isEmpty)
  }

  /// The total is counted as sessions come, go and change hands, however often the same is written.
  @Test(arguments: TestedStore.all)
  func theTotalIsThatOfTheRows(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    func totals() throws -> [Int] {
      try ["user:1", "user:2"].map { try store.reader.sessions(ownedBy: $0, skip: 0, limit: 100) }.map {
        part in
        #expect(part.sessions.count == part.total)
        return part.total
      }
    }
    let (first, second) = (StoreKey(stored: "s1"), StoreKey(stored: "s2"))
    try store.writeTwice(.putSession(.sample(first, owner: "user:1")))
    try store.writeTwice(.putSession(.sample(second, owner: "user:1")))
    #expect(try totals() == [2, 0])
    try store.writeTwice(.giveSession(first, to: "user:2", as: first))
    #expect(try totals() == [1, 1])
    try store.writeTwice(.giveSession(second, to: "user:2", as: second))
    #expect(try totals() == [0, 2])
    // That alone does it.
    try store.writeTwice(.putSession(.sample(first, owner: "user:1")))
    try store.writeTwice(.updateSession(.sample(first, owner: "user:1")))
    #expect(try totals() == [0, 2])
    try store.writeTwice(.giveSession(second, to: "user:1", as: second), .deleteSession(first))
    #expect(try totals() == [1, 0])
    // What fails counts nothing.
    #expect(
      try store.refusal(
        of: .putSession(.sample(first, owner: "user:1")), .updateSession(.sample(.sample))) == .sessionIsGone)
    #expect(try totals() == [1, 0])
    try store.writeTwice(.deleteSession(second))
    #expect(try totals() == [0, 0])
    try store.reopen()
    try store.write(.putSession(.sample(first, owner: "user:1")))
    #expect(try totals() == [1, 0])
  }

  @Test(arguments: TestedStore.all)
  func anUpdateMovesASession(_ kind: TestedStore) throws {
    let (store, keys) = try filled(kind)
    let last = StoreKey(stored: keys[Self.count - 1])
    try store.write(.updateSession(.sample(last, owner: "user:1", updatedAt: 1000)))
    let part = try store.reader.sessions(ownedBy: "user:1", skip: 0, limit: 2)
    #expect(part.sessions.map(\.key.description) == [last.description, keys[0]])
  }
}
