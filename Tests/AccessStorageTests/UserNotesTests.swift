import Access
import Accounts
import GatewayTesting
import Limits
import System
import Testing

@testable import AccessStorage

/// What is noted of users at each sign-in: thousands who sign in change nothing for the workers.
@Suite struct UserNotesTests {
  private let folder = TemporaryFolder()

  /// As a sign-in does.
  private func note(_ id: UserID, _ keeper: AccessKeeper, at time: Timestamp) async throws -> UserRecord {
    try await keeper.change(id) { user in
      user.lastLoginAt = time
      user.places = [UserRecord.Place(place: "203.0.113.9", seenAt: time)]
    }
  }

  @Test func workersHearOfNothing() async throws {
    let opened = try await OpenKeeper(folder)
    let (keeper, control) = (opened.keeper, opened.control)
    let heard = Lock(0)
    let identity = try #require(IssuerIdentity(issuer: "https://id.example.org", subject: "1"))
    for number in 1...5 {
      var user = UserRecord.sample(Int64(number))
      if number == 3 { (user.email, user.identities) = ("Ann@example.org", [identity]) }
      try await keeper.add(user)
    }
    var key = KeyRecord.sample(1)
    key.user = UserRecord.sample(3).name
    try await keeper.add(key)
    control.observe { _ in heard.withLock { $0 += 1 } }
    let (before, generation) = control.directory
    let id = UserRecord.sample(3).id
    let time = Timestamp(millisecondsSince1970: 1_800_000_000_000)
    let noted = try await note(id, keeper, at: time)
    #expect(control.generation == generation && heard.withLock { $0 } == 0)
    let after = control.directory.directory
    #expect(after !== before)
    // By whatever he is found, it is he.
    for grant in [
      after.user(id), after.user(named: noted.name), after.user(email: "ann@EXAMPLE.org"),
      after.user(identity: identity), after.allUsers[2],
    ] { #expect(grant?.user == noted && grant?.user?.lastLoginAt == time) }
    #expect(after.allUsers.compactMap { $0.user?.id.number } == [1, 2, 3, 4, 5])
    for number in [1, 2, 4, 5] as [Int64] {
      #expect(after.user(UserRecord.sample(number).id) === before.user(UserRecord.sample(number).id))
    }
    // Of keys nothing is made anew.
    #expect(after[key.id] === before[key.id])
    let wished = try await keeper.change(id) { $0.resetAskedAt = time }
    #expect(control.generation == generation)
    #expect(control.directory.directory.user(id)?.user == wished)
    await opened.close()
    let again = try await OpenKeeper(folder)
    #expect(again.control.keys.user(id)?.user == wished, "it is stored all the same")
    await again.close()
  }

  @Test func whatLetsDoMoreOrLessIsHeard() async throws {
    let opened = try await OpenKeeper(folder)
    let (keeper, control) = (opened.keeper, opened.control)
    let id = UserRecord.sample(1).id
    try await keeper.add(UserRecord.sample(1))
    var key = KeyRecord.sample(1)
    key.user = UserRecord.sample(1).name
    try await keeper.add(key)
    let edits: [@Sendable (inout UserRecord) -> Void] = [
      { $0.isDisabled = true }, { $0.endSignIns(at: .now) }, { $0.limits.rpm = 1 }, { $0.unlockedAt = .now },
      { ($0.isDisabled, $0.lastLoginAt) = (false, .now) }, { $0.scopes = .chat },
    ]
    for (number, edit) in edits.enumerated() {
      let generation = control.generation
      let changed = try await keeper.change(id, edit)
      #expect(control.generation == generation + 1, "\(number)")
      #expect(control.keys[key.id]?.user == changed)
      _ = try await note(id, keeper, at: .now)
      #expect(control.generation == generation + 1)
    }
    // With a note in the same change, too.
    let generation = control.generation
    try await keeper.perform { (book) throws(AccessError) in
      try book.change(id) { $0.lastLoginAt = Timestamp.now.adding(.seconds(1)) }
      try book.add(.sample(2))
    }
    #expect(control.generation == generation + 1 && control.keys[KeyRecord.sample(2).id] != nil)
    await opened.close()
  }

  /// What is no note is taken by no such way.
  @Test func aDirectoryTakesNotesAlone() throws {
    let users = (1...3).map { UserRecord.sample($0) }
    let directory = KeyDirectory(keys: [], users: users, teams: [], isClosed: true)
    var disabled = users[1]
    disabled.isDisabled = true
    var unknown = UserRecord.sample(9)
    unknown.lastLoginAt = .now
    let noted = directory.noting([disabled, unknown])
    #expect(noted.allUsers.compactMap(\.user) == users && noted.user(unknown.id) == nil)
    // Of two of one name the first is found by it, whatever is noted of the second.
    var twin = users[1]
    twin.name = users[0].name
    let both = KeyDirectory(keys: [], users: [users[0], twin], teams: [], isClosed: true)
    twin.lastLoginAt = .now
    let second = both.noting([twin])
    #expect(second.user(named: twin.name)?.user == users[0] && second.user(twin.id)?.user == twin)
  }
}
