import Access
import Limits
import Sessions
import System
import Testing

@testable import AccessStorage

/// Users of a book.
@Suite struct UserBookTests {
  /// What a store has after these changes.
  private func stored(_ changes: [StoreChange]) -> StoredAccess {
    var stored = StoredAccess(state: StoredAccessState(closedSince: .now, revision: changes.count))
    for change in changes {
      switch change {
      case .putUser(let user):
        stored.users.removeAll { $0.id == user.id }
        stored.users.append(user)
        stored.state.lastUser = max(stored.state.lastUser, user.id)
      case .deleteUser(let id): stored.users.removeAll { $0.id == id }
      case .putKey(let key):
        stored.keys.removeAll { $0.id == key.id }
        stored.keys.append(key)
      default: break
      }
    }
    return stored
  }

  /// By whatever way he is made or renamed.
  @Test func nobodyIsCalledAsSomebodyElseIsMeant() throws {
    let key = KeyText().text
    let names = ["user:7", "User:ann", "key:0123456789Az", "KEY:x", "proxy/user:ann", key, "a-\(key)"]
    for text in names {
      let name = try #require(UserName(text))
      var book = AccessBook()
      #expect(throws: AccessError.invalid(RecordError("user", takes: UserName.givenTakes))) {
        try book.addUser(name, at: .now)
      }
      var user = UserRecord.sample(1)
      user.name = name
      #expect(throws: AccessError.invalid(RecordError("name", takes: UserName.givenTakes))) {
        try book.add(user)
      }
      #expect(!book.hasChanges && book.storedUsers.isEmpty && book.closedSince == nil)
      try book.add(UserRecord.sample(1))
      #expect(throws: AccessError.invalid(RecordError("name", takes: UserName.givenTakes))) {
        try book.change(user.id) { $0.name = name }
      }
      // Who is called so in a store of before stays so, and may be changed.
      let stored = AccessDocuments.stored(user, revision: 1)
      var old = try AccessBook(StoredAccess(state: StoredAccessState(), users: [stored]))
      #expect(try old.change(user.id) { $0.isDisabled = true }.name == name)
    }
    for text in ["user", "users:7", "a-user:7", "keys", "proxy", "sk-og-0123456789Az", "4711"] {
      var book = AccessBook()
      #expect(try book.addUser(#require(UserName(text)), at: .now).name.text == text)
    }
  }

  @Test func noMemberOfAUserHasAKey() throws {
    let key = KeyText().text
    let edits: [(String, (inout UserRecord) -> Void)] = [
      ("email", { $0.email = "\(key)@example.org" }), ("full_name", { $0.fullName = "Ann \(key)" }),
    ]
    for (member, edit) in edits {
      var book = AccessBook()
      var user = UserRecord.sample(1)
      try book.add(user)
      #expect {
        try book.change(user.id, edit)
      } throws: {
        guard case .invalid(let error)? = $0 as? AccessError else { return false }
        return error.member == member && !error.description.contains(key)
      }
      edit(&user)
      var other = AccessBook()
      #expect(throws: AccessError.self) { try other.add(user) }
    }
  }

  @Test func aUserReadsBackAsHeWas() throws {
    var book = AccessBook()
    var user = UserRecord.sample(1)
    user.email = "Ann@Example.org"
    user.limits.rpm = 9
    try book.add(user)
    #expect(book.directory.isClosed && book.closedSince != nil)
    try book.change(user.id) { $0.isDisabled = true }
    user.isDisabled = true
    let changes = book.takeChanges()
    #expect(changes.count == 2)
    guard case .putUser(let row) = changes[1] else {
      Issue.record("\(changes[1])")
      return
    }
    #expect(row.email == "ann@example.org" && row.revision == 2)
    let read = try AccessBook(stored(changes))
    #expect(read.storedUsers == [user] && read.lastUser == 1)
    #expect(read.directory.user(email: "ANN@example.ORG")?.user == user)
    // What stays as it is is not written.
    try book.change(user.id) { $0.isDisabled = true }
    #expect(!book.hasChanges)
  }

  @Test func noTwoNamesDifferInCaseAlone() throws {
    var book = AccessBook()
    let ann = try book.addUser(try #require(UserName("ann")), at: .now)
    let bob = try book.addUser(try #require(UserName("Bob")), at: .now)
    for (name, other) in [("Ann", "bob"), ("ANN", "BOB")] {
      #expect(throws: AccessError.userExists(.name)) { try book.addUser(UserName(name)!, at: .now) }
      #expect(throws: AccessError.userExists(.name)) {
        try book.change(ann.id) { $0.name = UserName(other)! }
      }
    }
    // His own he may write in another way.
    #expect(try book.change(bob.id) { $0.name = UserName("bob")! }.name.text == "bob")
    #expect(book.freeName(UserName("ANN"), email: nil, subject: "1")?.text == "ANN-2")
  }

  /// Whoever was let in with such a name by a program of before stays.
  @Test func twoOfBeforeMayBeChanged() throws {
    var (one, other) = (UserRecord.sample(1), UserRecord.sample(2))
    (one.name, other.name) = (try #require(UserName("ann")), try #require(UserName("Ann")))
    let rows = [one, other].map { StoreChange.putUser(AccessDocuments.stored($0, revision: 1)) }
    var book = try AccessBook(stored(rows))
    try book.change(other.id) { $0.email = "ann@example.org" }
    #expect(book[other.id]?.email == "ann@example.org")
  }

  /// Those of whom nobody knows leave places for the others.
  @Test func whoRegistersLeavesPlaces() {
    let now = Timestamp.now
    func newcomer(_ id: Int64, _ change: (inout UserRecord) -> Void = { _ in }) -> UserRecord {
      var user = UserRecord.sample(id)
      (user.email, user.createdAt) = ("\(id)@example.org", now)
      (user.isRegistered, user.isEmailClaimed) = (true, true)
      change(&user)
      return user
    }
    func hasRoom(_ users: [UserRecord]) -> Bool {
      AccessBook.hasRoom(beside: users, newcomers: 2, unconfirmed: 4)
    }
    let new = (1...2).map { newcomer($0) }
    #expect(hasRoom([]) && hasRoom([new[0]]) && !hasRoom(new))
    // Who signs in at once is as new as before; from the next day on he is not, and who is known does not count.
    let early = newcomer(3) { $0.lastLoginAt = now.adding(.seconds(86_399)) }
    #expect(!hasRoom([new[0], early]))
    let back = (4...7).map { id in newcomer(id) { $0.lastLoginAt = now.adding(.seconds(86_400)) } }
    #expect(hasRoom([new[0]] + back.prefix(2)) && !hasRoom([new[0]] + back.prefix(3)))
    #expect(!hasRoom(back))
    let known = [
      newcomer(8) { $0.verifiedAt = now }, newcomer(9) { $0.isEmailClaimed = false },
      newcomer(10) { $0.isRegistered = false },
    ]
    #expect(hasRoom([new[0]] + known + known))
    #expect(AccessBook.newcomerLimit == 2_000 && AccessBook.unconfirmedLimit == 10_000)
  }

  @Test func noNumberIsGivenTwice() throws {
    var book = AccessBook()
    let name = try #require(UserName("ann"))
    let first = try book.addUser(name, at: .now)
    let again = try book.addUser(name, at: .now)
    #expect(first.id.number == 1 && again == first)
    try book.delete(first.id)
    #expect(try book.addUser(name, at: .now).id.number == 2)
    #expect(throws: AccessError.userExists(.id)) { try book.add(UserRecord.sample(1)) }
    try book.add(UserRecord.sample(7))
    #expect(book.nextUser?.number == 8)
    let read = try AccessBook(stored(book.takeChanges()))
    #expect(read.nextUser?.number == 8)
    // A store that was put back to an earlier state gives none again either.
    var earlier = AccessBook()
    earlier.takeOver(from: read)
    #expect(earlier.nextUser?.number == 8)
  }

  @Test func noTwoHaveTheSame() throws {
    var book = AccessBook()
    let identity = try #require(IssuerIdentity(issuer: "https://id.example", subject: "s"))
    var ann = UserRecord.sample(1)
    (ann.email, ann.identities) = ("ann@example.org", [identity])
    try book.add(ann)
    func other(_ change: (inout UserRecord) -> Void) -> UserRecord {
      var record = UserRecord.sample(2)
      change(&record)
      return record
    }
    #expect(throws: AccessError.userExists(.name)) { try book.add(other { $0.name = ann.name }) }
    #expect(throws: AccessError.userExists(.email)) { try book.add(other { $0.email = "ANN@example.org" }) }
    #expect(throws: AccessError.userExists(.identities)) {
      try book.add(other { $0.identities = [identity] })
    }
    try book.add(UserRecord.sample(2))
    let id = UserRecord.sample(2).id
    #expect(throws: AccessError.userExists(.email)) { try book.change(id) { $0.email = "ann@EXAMPLE.org" } }
    #expect(throws: AccessError.userExists(.name)) { try book.change(id) { $0.name = ann.name } }
    // One's own is no other's.
    try book.change(ann.id) { $0.email = "Ann@example.org" }
    #expect(throws: AccessError.self) { try book.change(id) { $0.team = TeamName("no-team") } }
  }

  /// Whoever is looked for by an address is nobody else.
  @Test func nobodyIsCalledByAnothersAddress() throws {
    var book = AccessBook()
    var ann = UserRecord.sample(1)
    ann.email = "ann@example.org"
    try book.add(ann)
    var mallory = UserRecord.sample(2)
    mallory.name = try #require(UserName("Ann@example.org"))
    #expect(throws: AccessError.userExists(.name)) { try book.add(mallory) }
    #expect(throws: AccessError.userExists(.name)) { try book.addUser(mallory.name, at: .now) }
    var carl = UserRecord.sample(3)
    carl.name = try #require(UserName("Carl@example.org"))
    carl.email = "carl@example.org"
    try book.add(carl)
    #expect(throws: AccessError.userExists(.email)) {
      try book.change(ann.id) { $0.email = "CARL@example.org" }
    }
    try book.change(carl.id) { $0.email = nil }
    #expect(throws: AccessError.userExists(.email)) {
      try book.change(ann.id) { $0.email = "carl@example.org" }
    }
    #expect(throws: AccessError.userExists(.name)) { try book.change(carl.id) { $0.name = mallory.name } }
    // Of a file's users who are called so the others are made.
    var (key, other) = (KeyRecord.sample(1), KeyRecord.sample(2))
    (key.user, other.user) = (mallory.name, UserName("zoe"))
    book.use(fileKeys: [key, other])
    try book.addUsersOfFile(at: .now)
    #expect(book.usersOfFileThatAreMissing == [mallory.name])
  }

  @Test(
    arguments: [
      ("anna", nil, "anna"), ("ann", nil, "ann-2"), ("ann@example.org", nil, "ann-2"),
      ("ann@example.org", "ann@example.org", "ann-2"), ("eve@example.org", nil, "eve"),
      ("eve@example.org", "other@example.org", "eve"),
      ("Eve@example.org", "eve@Example.org", "Eve@example.org"),
      ("1", nil, "sub-1"), ("17@example.org", nil, "sub-17"), ("user:1", nil, "sub-user:1"),
      ("KEY:1", nil, "sub-KEY:1"), (KeyText().text, nil, "sub-248"),
      ("@", nil, "sub-248"), (nil, nil, "sub-248"),
    ] as [(String?, String?, String)])
  func whatAUserOfAnIssuerIsCalled(_ wanted: String?, _ email: String?, _ name: String) throws {
    var book = AccessBook()
    var ann = UserRecord.sample(1)
    ann.name = try #require(UserName("ann"))
    ann.email = "ann@example.org"
    try book.add(ann)
    let wanted = try wanted.map { try #require(UserName($0)) }
    let free = email.flatMap { book.isFree($0) ? $0 : nil }
    let made = try #require(book.freeName(wanted, email: free, subject: "24 8"))
    #expect(made.text == name)
    var record = UserRecord.sample(2)
    (record.name, record.email) = (made, free)
    try book.add(record)
    #expect(book.freeName(nil, email: nil, subject: "@ ")?.text == "sub")
  }

  /// What an issuer has verified goes before what somebody says of himself, and not before what an administrator has said.
  @Test func anAddressThatIsClaimedAlone() throws {
    var book = AccessBook()
    let address = "ann@example.org"
    for (number, change): (Int64, @Sendable (inout UserRecord) -> Void) in [
      (1, { $0.isEmailClaimed = true }), (2, { _ in }),
      (3, { ($0.isEmailClaimed, $0.verifiedAt) = (true, .now) }),
    ] {
      var user = UserRecord.sample(number)
      user.email = "Ann@example.org"
      change(&user)
      try book.add(user)
      #expect(user.hasSureEmail == (number != 1))
      try book.dropClaim(of: address)
      #expect(book.isFree(address) == (number == 1))
      try book.delete(user.id)
    }
  }

  @Test func aKeyNamesAUserWhoIsThere() throws {
    var book = AccessBook()
    var key = KeyRecord.sample(1)
    key.user = UserRecord.sample(1).name
    #expect(throws: AccessError.invalid(RecordError("user", takes: "the name of a user that there is"))) {
      try book.add(key)
    }
    try book.add(UserRecord.sample(1))
    try book.add(key)
    #expect(book.directory[key.id]?.principal.id == .user(UserRecord.sample(1).id))
    // By his new name, too.
    let renamed = try #require(UserName("ann"))
    try book.change(UserRecord.sample(1).id) { $0.name = renamed }
    #expect(book[key.id]?.user == renamed && book.directory[key.id]?.user?.name == renamed)
    #expect(throws: AccessError.self) { try book.change(key.id) { $0.user = UserRecord.sample(1).name } }
  }

  @Test func aUserGoesWithHisKeys() throws {
    var book = AccessBook()
    try book.add(UserRecord.sample(1))
    for number in 1...3 {
      var key = KeyRecord.sample(number)
      if number < 3 { key.user = UserRecord.sample(1).name }
      try book.add(key)
    }
    let deleted = try book.delete(UserRecord.sample(1).id)
    #expect(deleted.keys.count == 2 && book.storedKeys.map(\.id) == [KeyRecord.sample(3).id])
    #expect(book.storedUsers.isEmpty && book.directory.isClosed)
    #expect(throws: AccessError.noUser) { try book.delete(UserRecord.sample(1).id) }
    let read = try AccessBook(stored(book.takeChanges()))
    #expect(read.storedUsers.isEmpty)
  }

  @Test func whomTheFileNamesIsAUser() throws {
    var key = KeyRecord.sample(1)
    (key.source, key.user) = (.file, UserRecord.sample(4).name)
    var book = AccessBook()
    book.use(fileKeys: [key])
    // Known to this key alone, until he is made.
    #expect(book.directory[key.id]?.principal.id == .keyUser(key.id, UserRecord.sample(4).name))
    #expect(book.directory[key.id]?.fault(at: .now) == nil)
    book.addUsersInMemory(at: .now)
    let id = try #require(UserID(1))
    #expect(book.directory[key.id]?.principal.id == .user(id) && !book.hasChanges)
    #expect(throws: AccessError.userHasFileKeys(1)) { try book.delete(id) }
    #expect(throws: AccessError.userHasFileKeys(1)) {
      try book.change(id) { $0.name = UserRecord.sample(5).name }
    }
    book.addUsersInMemory(at: .now)
    #expect(book.storedUsers.count == 1)
  }

  @Test func damageIsTold() throws {
    var book = AccessBook()
    try book.add(UserRecord.sample(1))
    var access = stored(book.takeChanges())
    access.users[0].id = 2
    #expect(throws: StoreError.self) { try AccessBook(access) }
    access.users[0].document = Array("{}".utf8)
    let error = #expect(throws: StoreError.self) { try AccessBook(access) }
    #expect(error?.kind == .corrupt)
  }
}
