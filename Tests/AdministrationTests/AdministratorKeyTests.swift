import Access
import AccessStorage
import System
import Testing

@testable import Administration

@Suite struct AdministratorKeyTests {
  private static let now = Reading.now

  private func install(_ text: KeyText, in book: inout AccessBook) throws -> KeyRecord {
    let done = try AdministratorKey(text).install(in: &book, at: Self.now)
    #expect(done.fault == nil && book[done.key.id] == done.key && done.key.secret == text.secret)
    return done.key
  }

  @Test func itIsThereOnce() throws {
    var book = AccessBook()
    let text = KeyText()
    let record = try install(text, in: &book)
    #expect(record.id == text.id && record.scopes.contains(.admin) && book.closedSince != nil)
    #expect(try install(text, in: &book) == record && book.storedKeys.count == 1)
  }

  @Test func aCustomOneIsFoundByItsText() throws {
    var book = AccessBook()
    let text = String(repeating: "k", count: 40)
    let first = try install(try #require(KeyText(custom: text)), in: &book)
    let again = try install(try #require(KeyText(custom: text)), in: &book)
    #expect(first.id == again.id && again.isCustom && book.storedKeys.count == 1)
  }

  /// At each start, until the file has another key.
  @Test func whatAnAdministratorHasDoneToItStays() throws {
    typealias Edit = (inout KeyRecord) -> Void
    let other = KeyText()
    let edits: [(AdministratorKey.Fault, Edit)] = [
      (.disabled, { $0.isDisabled = true }), (.expired, { $0.expiresAt = Self.now }),
      (.withoutScope, { $0.scopes = [.chat] }), (.rotated, { $0.secret = other.secret }),
    ]
    for (fault, edit) in edits {
      var book = AccessBook()
      let text = KeyText()
      _ = try install(text, in: &book)
      let changed = try book.change(text.id, edit)
      for _ in 0..<2 {
        let done = try AdministratorKey(text).install(in: &book, at: Self.now)
        #expect(done.fault == fault && done.key == changed && book[text.id] == changed)
        #expect(!done.isMade && !done.isTaken && done.ended.isEmpty)
      }
      // With another one it is over, and should the first come back, it is a new one there.
      let next = KeyText()
      _ = try install(next, in: &book)
      #expect(book[text.id]?.isDisabled == true)
      let back = try AdministratorKey(text).install(in: &book, at: Self.now)
      #expect(back.isTaken && back.fault == nil && back.key.secret == text.secret)
      #expect(back.key.scopes.contains(.admin) && !back.key.isDisabled && back.key.expiresAt == nil)
      #expect(back.ended.map(\.id) == [next.id] && book[next.id]?.isDisabled == true)
    }
  }

  /// Whatever either of them looks like, for how long the earlier one is valid, and what an administrator has done to its labels.
  @Test(arguments: [true, false], [Duration.zero, .seconds(60)])
  func whatARotationHasTakenAwayStaysAway(wasCustom: Bool, grace: Duration) throws {
    let custom = KeyText(custom: String(repeating: "k", count: 40))
    let text = try #require(wasCustom ? custom : KeyText())
    for new in [KeyText(id: text.id), try #require(KeyText(custom: String(repeating: "n", count: 40)))] {
      var book = AccessBook()
      let id = try install(text, in: &book).id
      let rotated = try book.change(id) { record in
        KeyRotation(grace: grace).apply(new, to: &record, at: Self.now)
        record.labels = [:]
      }
      for _ in 0..<2 {
        // A custom key gets another public part at each reading.
        let again = try #require(wasCustom ? KeyText(custom: text.text) : text)
        let done = try AdministratorKey(again).install(in: &book, at: Self.now)
        #expect(done.fault == .rotated && done.key == rotated && book.storedKeys == [rotated])
        #expect(!done.isMade && !done.isTaken && done.ended.isEmpty)
      }
      // What it is now may stand there, and then the earlier one is gone too, should it come back.
      #expect(try install(new, in: &book).id == id && book.storedKeys.count == 1)
      let third = KeyText()
      _ = try install(third, in: &book)
      #expect(book[id]?.isDisabled == true && book.storedKeys.count == 2)
    }
  }

  /// An older program has noted nothing: where the rotation left the earlier one for a while, it is known by that.
  @Test func anOlderProgramsRotationCounts() throws {
    let text = try #require(KeyText(custom: String(repeating: "k", count: 40)))
    var book = AccessBook()
    let id = try install(text, in: &book).id
    let rotated = try book.change(id) { record in
      KeyRotation(grace: .seconds(60)).apply(KeyText(id: id), to: &record, at: Self.now)
      record.fileSecret = nil
    }
    let done = try AdministratorKey(text).install(in: &book, at: Self.now)
    #expect(done.fault == .rotated && done.key.secret == rotated.secret && book.storedKeys.count == 1)
    // From now on it is noted.
    try book.change(id) { $0.earlier = nil }
    #expect(try AdministratorKey(text).install(in: &book, at: Self.now).fault == .rotated)
  }

  /// What an administrator does to its label makes it nobody else's.
  @Test func oneWithoutItsLabelIsTheFilesStill() throws {
    var book = AccessBook()
    let text = KeyText()
    _ = try install(text, in: &book)
    try book.change(text.id) { ($0.labels, $0.isDisabled) = ([:], true) }
    #expect(try AdministratorKey(text).install(in: &book, at: Self.now).fault == .disabled)
    let next = KeyText()
    try book.change(text.id) { $0.isDisabled = false }
    #expect(try AdministratorKey(next).install(in: &book, at: Self.now).ended.map(\.id) == [text.id])
  }

  /// Another change is none of its being valid.
  @Test func anotherNameIsNoFault() throws {
    var book = AccessBook()
    let text = KeyText()
    _ = try install(text, in: &book)
    try book.change(text.id) { $0.name = "root" }
    #expect(try install(text, in: &book).name == "root")
  }

  /// A key that was made by another way, and is put into the file.
  @Test func oneThatWasThereIsTheFilesFromThenOn() throws {
    var book = AccessBook()
    let text = KeyText()
    var key = NewKey(text, name: "other", at: Self.now).record
    (key.isDisabled, key.scopes) = (true, [.chat])
    for number in 0..<KeyRecord.labelLimit - 1 { key.labels["\(number)"] = "text" }
    try book.add(key)
    let done = try AdministratorKey(text).install(in: &book, at: Self.now)
    #expect(done.isTaken && !done.isMade && done.fault == nil && done.key.name == "other")
    #expect(done.key.labels[AdministratorKey.label] == AdministratorKey.origin)
    try book.change(text.id) { $0.isDisabled = true }
    #expect(try AdministratorKey(text).install(in: &book, at: Self.now).fault == .disabled)
  }

  @Test func theOneBeforeIsNotValidAnyMore() throws {
    var book = AccessBook()
    let (first, second) = (KeyText(), KeyText())
    let other = NewKey(KeyText(), name: "other", at: Self.now).record
    try book.add(other)
    _ = try install(first, in: &book)
    _ = try install(second, in: &book)
    #expect(book[first.id]?.isDisabled == true && book[second.id]?.isDisabled == false)
    #expect(book[other.id]?.isDisabled == false)
  }

  /// Of the store of an older program, which left the label to those that were in the file before.
  @Test func anOlderProgramsKeysArePutRight() throws {
    var book = AccessBook()
    let (first, second) = (KeyText(), KeyText())
    _ = try install(first, in: &book)
    try book.change(first.id) { $0.isDisabled = true }
    try book.add(AdministratorKey(second).record(at: Self.now))
    let done = try AdministratorKey(second).install(in: &book, at: Self.now)
    #expect(done.fault == nil && done.ended.isEmpty)
    #expect(try AdministratorKey(first).install(in: &book, at: Self.now).isTaken)
  }
}
