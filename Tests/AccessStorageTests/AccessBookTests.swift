import Access
import Limits
import Sessions
import System
import Testing

@testable import AccessStorage

@Suite struct AccessBookTests {
  private func documents(_ changes: [StoreChange]) -> StoredAccess {
    var stored = StoredAccess(state: StoredAccessState(closedSince: .now, revision: changes.count))
    for change in changes {
      switch change {
      case .putKey(let key):
        stored.keys.removeAll { $0.id == key.id }
        stored.keys.append(key)
      case .putTeam(let team): stored.teams.append(team)
      case .putUser(let user):
        stored.users.removeAll { $0.id == user.id }
        stored.users.append(user)
        stored.state.lastUser = max(stored.state.lastUser, user.id)
      default: break
      }
    }
    return stored
  }

  @Test func whatIsAddedReadsBackAsItWas() throws {
    var book = AccessBook()
    #expect(!book.directory.isClosed)
    var key = KeyRecord.sample(1)
    key.labels = ["a": "b ü"]
    key.user = UserName("ann")
    key.limits.rpm = 60
    key.expiresAt = Timestamp(millisecondsSince1970: 1_800_000_000_000)
    try book.addUser(try #require(key.user), at: key.createdAt)
    try book.add(key)
    #expect(book.directory.isClosed)
    try book.put(.sample("red"), onlyIfNew: true)
    try book.change(key.id) { $0.team = TeamName("red") }
    let changes = book.takeChanges()
    #expect(changes.count == 4)
    let read = try AccessBook(documents(changes))
    key.team = TeamName("red")
    #expect(read.storedKeys == [key])
    #expect(read.storedTeams == [.sample("red")])
    #expect(read.directory[key.id]?.team?.name == TeamName("red"))
    #expect(read.revision == book.revision)
  }

  /// Names and labels stand in logs and lists.
  @Test func nothingIsCalledByAKey() throws {
    let key = KeyText().text
    let edits: [(String, (inout KeyRecord) -> Void)] = [
      ("name", { $0.name = "of \(key)" }), ("labels", { $0.labels["note"] = key }),
      ("labels", { $0.labels[key] = "note" }),
    ]
    func fault(_ work: () throws -> Void) -> RecordError? {
      do { try work() } catch AccessError.invalid(let error) { return error } catch {}
      return nil
    }
    for (member, edit) in edits {
      var book = AccessBook()
      try book.add(.sample(1))
      let before = book.changes.count
      let changed = fault { try book.change(KeyRecord.sample(1).id, edit) }
      var other = KeyRecord.sample(2)
      edit(&other)
      let added = fault { try book.add(other) }
      for error in [changed, added] {
        #expect(error?.member == member && error?.description.contains(key) == false)
      }
      #expect(book.changes.count == before)
      // What is called so by a store of before may be changed.
      let stored = StoredAccess(
        state: StoredAccessState(), keys: [AccessDocuments.stored(other, revision: 1)])
      var old = try AccessBook(stored)
      #expect(try old.change(other.id) { $0.isDisabled = true }.isDisabled)
    }
    var book = AccessBook()
    let team = fault { try book.put(.sample(key), onlyIfNew: false) }
    #expect(team?.member == "name" && team?.description.contains(key) == false)
    // The public part alone is for everybody to see.
    var shown = KeyRecord.sample(1)
    shown.name = "sk-og-\(shown.id.text)-…"
    try book.add(shown)
  }

  @Test func whatIsThereIsNotAddedAgain() throws {
    var book = AccessBook()
    try book.add(.sample(1))
    try book.add(.sample(2, isCustom: true))
    #expect(throws: AccessError.keyExists) { try book.add(.sample(1)) }
    var twin = KeyRecord.sample(3, isCustom: true)
    twin.secret = KeyRecord.sample(2).secret
    #expect(throws: AccessError.keyExists) { try book.add(twin) }
    // The secret of a key of ours goes with its id.
    twin.isCustom = false
    try book.add(twin)
    try book.put(.sample("red"), onlyIfNew: true)
    #expect(throws: AccessError.teamExists) { try book.put(.sample("red"), onlyIfNew: true) }
    #expect(book.takeChanges().count == 4)
  }

  @Test func aChangeThatChangesNothingIsNotWritten() throws {
    var book = AccessBook()
    try book.add(.sample(1))
    try book.put(.sample("red"), onlyIfNew: true)
    _ = book.takeChanges()
    try book.change(KeyRecord.sample(1).id) { $0.isDisabled = false }
    try book.put(.sample("red"), onlyIfNew: false)
    #expect(!book.hasChanges)
    try book.change(KeyRecord.sample(1).id) { $0.isDisabled = true }
    try book.delete(KeyRecord.sample(1).id)
    // The key changes, goes, and gets nobody's sessions.
    #expect(book.takeChanges().count == 3)
    #expect(throws: AccessError.noKey) { try book.delete(KeyRecord.sample(1).id) }
    #expect(throws: AccessError.noKey) { try book.change(KeyRecord.sample(1).id) { _ in } }
    #expect(throws: AccessError.noTeam) { try book.delete(TeamRecord.sample("blue").name) }
    #expect(book.directory.isClosed && book.directory.isEmpty)
  }

  @Test func anEditThatIsWrongChangesNothing() throws {
    var book = AccessBook()
    try book.add(.sample(1))
    _ = book.takeChanges()
    let wrong = RecordError("name", takes: "something else")
    #expect(throws: AccessError.invalid(wrong)) {
      try book.change(KeyRecord.sample(1).id) { (key) throws(RecordError) in
        key.name = "other"
        throw wrong
      }
    }
    #expect(!book.hasChanges && book[KeyRecord.sample(1).id]?.name == "key 1")
  }

  @Test func keysOfTheFileAreChangedThere() throws {
    var file = KeyRecord.sample(1)
    file.source = .file
    file.team = TeamName("red")
    var book = try AccessBook(StoredAccess(), fileKeys: [file])
    // Where there is a file access is closed, whatever is in it.
    #expect(book.directory.isClosed)
    #expect(try AccessBook(StoredAccess(), fileKeys: []).directory.isClosed)
    #expect(throws: AccessError.isInFile) { try book.change(file.id) { $0.isDisabled = true } }
    #expect(throws: AccessError.isInFile) { try book.delete(file.id) }
    #expect(throws: AccessError.keyExists) { try book.add(.sample(1)) }
    try book.put(.sample("red"), onlyIfNew: true)
    #expect(throws: AccessError.teamHasKeys(1)) { try book.delete(TeamRecord.sample("red").name) }
    try book.add(.sample(2))
    #expect(book.directory.ids == [KeyRecord.sample(1).id, KeyRecord.sample(2).id])
    #expect(book.directory[file.id]?.key?.source == .file)
    book.use(fileKeys: nil)
    #expect(book.directory.ids == [KeyRecord.sample(2).id])
    var alone = try AccessBook(StoredAccess(), fileKeys: [])
    alone.use(fileKeys: nil)
    #expect(alone.directory.isClosed)
  }

  @Test(arguments: ["", "{", "[]", "{\"id\":\"000000000002\"}", "\u{0}", String(repeating: "[", count: 3000)])
  func aDocumentThatIsNoneIsDamage(_ text: String) throws {
    var good = AccessDocuments.stored(KeyRecord.sample(1), revision: 1)
    good.document = Array(text.utf8)
    let keys = #expect(throws: StoreError.self) { try AccessBook(StoredAccess(keys: [good])) }
    #expect(keys?.kind == .corrupt)
    let team = StoredTeam(name: "red", document: Array(text.utf8))
    let teams = #expect(throws: StoreError.self) { try AccessBook(StoredAccess(teams: [team])) }
    #expect(teams?.kind == .corrupt)
  }

  @Test func aDocumentOfAnotherKeyIsDamage() throws {
    var stored = AccessDocuments.stored(KeyRecord.sample(1), revision: 1)
    stored.id = KeyRecord.sample(2).id.text
    let error = #expect(throws: StoreError.self) { try AccessBook(StoredAccess(keys: [stored])) }
    #expect(error?.kind == .corrupt)
  }

  @Test func numberOfKeysHasABound() throws {
    let stored = StoredAccess(
      keys: (0..<AccessBook.limit).map { AccessDocuments.stored(KeyRecord.sample($0), revision: 1) })
    var book = try AccessBook(stored)
    #expect(throws: AccessError.tooMany(limit: AccessBook.limit)) { try book.add(.sample(AccessBook.limit)) }
    try book.delete(KeyRecord.sample(0).id)
    try book.add(.sample(AccessBook.limit))
  }
}
