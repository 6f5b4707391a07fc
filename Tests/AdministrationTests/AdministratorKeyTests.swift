import Access
import AccessStorage
import System
import Testing

@testable import Administration

@Suite struct AdministratorKeyTests {
  private static let now = Reading.now

  private func install(_ text: KeyText, in book: inout AccessBook) throws -> KeyRecord {
    try AdministratorKey(text).install(in: &book, at: Self.now)
    return try #require(book.storedKeys.first { $0.secret == text.secret })
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

  @Test func itIsValidWhateverWasDoneToIt() throws {
    var book = AccessBook()
    let text = KeyText()
    _ = try install(text, in: &book)
    try book.change(text.id) {
      $0.isDisabled = true
      $0.scopes = [.chat]
      $0.expiresAt = Self.now
      $0.name = "root"
    }
    let record = try install(text, in: &book)
    #expect(!record.isDisabled && record.scopes == [.chat, .admin] && record.expiresAt == nil)
    #expect(record.name == "root")
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
}
