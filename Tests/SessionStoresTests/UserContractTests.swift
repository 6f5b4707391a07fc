import Sessions
import System
import Testing

@Suite("Stores: users and their sign-ins") struct UserContractTests {
  @Test(arguments: TestedStore.all)
  func aUserIsThereAsHeWasPut(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.writeTwice(.putUser(.sample(2)))
    try store.writeTwice(.putUser(.sample(1)))
    try store.reopen()
    let access = try store.reader.access(limit: 10)
    #expect(access.users == [.sample(1), .sample(2)] && access.state.lastUser == 2)
    #expect(try store.reader.access(limit: 1).users.count == 1)
  }

  @Test("The first user closes access", arguments: TestedStore.all)
  func closing(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putUser(.sample(1)))
    let state = try store.reader.accessState()
    let since = try #require(state.closedSince)
    try store.write(.deleteUser(id: 1), .putUser(.sample(2)))
    try store.reopen()
    let later = try store.reader.accessState()
    #expect(later.closedSince == since && later.revision == state.revision + 2)
  }

  @Test("No number is given twice", arguments: TestedStore.all)
  func numbers(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putUser(.sample(7)))
    try store.write(.deleteUser(id: 7))
    try store.write(.putUser(.sample(3)))
    #expect(try store.reader.accessState().lastUser == 7)
    try store.writeTwice(.reserveUsers(upTo: 9))
    try store.write(.reserveUsers(upTo: 8))
    #expect(try store.reader.accessState().lastUser == 9)
  }

  @Test("A change that does not know the last one is a conflict", arguments: TestedStore.all)
  func revisions(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.refusal(of: .putUser(.sample(1, revision: 2)))?.isConflict == true)
    try store.write(.putUser(.sample(1)))
    try store.writeTwice(.putUser(.sample(1, revision: 2)))
    for revision in [1, 2, 4] {
      var other = StoredUser.sample(1, revision: revision)
      other.document = [7]
      #expect(try store.refusal(of: .putUser(other))?.isConflict == true)
    }
    try store.write(.deleteUser(id: 1))
    #expect(try store.refusal(of: .putUser(.sample(1, revision: 3)))?.isConflict == true)
    #expect(try store.reader.access(limit: 9).users.isEmpty)
  }

  @Test("Two users have two names and addresses, or none", arguments: TestedStore.all)
  func names(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    var (ann, bob) = (StoredUser.sample(1), StoredUser.sample(2))
    ann.email = "ann@example.org"
    try store.write(.putUser(ann), .putUser(bob), .putUser(.sample(3)))
    bob.revision = 2
    bob.name = ann.name
    #expect(try store.refusal(of: .putUser(bob))?.isConflict == true)
    (bob.name, bob.email) = ("bob", ann.email)
    #expect(try store.refusal(of: .putUser(bob))?.isConflict == true)
    var another = StoredUser.sample(4)
    another.email = ann.email
    #expect(try store.refusal(of: .putUser(another))?.isConflict == true)
    another.email = nil
    another.name = ann.name
    #expect(try store.refusal(of: .putUser(another))?.isConflict == true)
    bob.email = nil
    try store.writeTwice(.putUser(bob))
    // Of a group it is told which was at fault.
    let errors = try store.writer.commit([
      StoreWrite([.putUser(another)]), StoreWrite([.putUser(.sample(5))]),
    ])
    #expect(errors[0]?.isConflict == true && errors[1] == nil)
    #expect(try store.reader.access(limit: 9).users.map(\.name) == ["user 1", "bob", "user 3", "user 5"])
  }

  @Test("Sign-ins are their users'", arguments: TestedStore.all)
  func signIns(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.refusal(of: .putSignIn(.sample("a", of: 1)))?.isConflict == true)
    try store.write(.putUser(.sample(1)), .putUser(.sample(2)))
    let revision = try store.reader.accessState().revision
    try store.writeTwice(.putSignIn(.sample("a", of: 1)), .putSignIn(.sample("b", of: 1)))
    try store.write(.putSignIn(.sample("c", of: 2)), .putSignIn(.sample("d", of: 2, expiresAt: 50)))
    #expect(try store.refusal(of: .putSignIn(.sample("c", of: 1)))?.isConflict == true, "another's")
    try store.write(.putSignIn(.sample("b", of: 1, expiresAt: 60)))
    try store.reopen()
    #expect(
      try store.reader.signIns(limit: 9) == [
        .sample("a", of: 1), .sample("b", of: 1, expiresAt: 60), .sample("c", of: 2),
        .sample("d", of: 2, expiresAt: 50),
      ])
    #expect(try store.reader.signIns(limit: 2).map(\.id) == ["a", "b"])
    try store.writeTwice(.dropSignIns(["a", "none"]))
    try store.writeTwice(.dropOldSignIns(expiredBy: .at(50)))
    #expect(try store.reader.signIns(limit: 9).map(\.id) == ["b", "c"])
    // They are no change of who may come in.
    #expect(try store.reader.accessState().revision == revision)
    try store.writeTwice(.deleteUser(id: 1))
    #expect(try store.reader.signIns(limit: 9).map(\.id) == ["c"])
  }

  @Test("What counts toward a user's budgets goes with him", arguments: TestedStore.all)
  func counters(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let subjects = ["user:1", "user:12", "user:0123456789ab:1"]
    let counters = subjects.map {
      StoredCounter(subject: $0, counter: "tokens/day", window: .at(5), amount: 1)
    }
    try store.write(
      .putUser(.sample(1)),
      .addUsage(StoredUsageFlush(run: 1, number: 1, time: .now, usage: [], counters: counters)))
    try store.write(.deleteUser(id: 1))
    #expect(
      try store.reader.counters(of: [.at(5)], limit: 9).map(\.subject).sorted() == [
        "user:0123456789ab:1", "user:12",
      ])
  }
}
