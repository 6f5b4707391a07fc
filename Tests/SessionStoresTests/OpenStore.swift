import Sessions
import System
import Testing

/// A fresh store with its writer and a reader.
final class OpenStore {
  let tested: any StoreUnderTest
  private(set) var openWriter: (any SessionStoreWriter)?
  private(set) var openReader: (any SessionStoreReader)?

  init(_ kind: TestedStore) throws {
    tested = try kind.make()
    openWriter = try tested.store.makeWriter()
    openReader = try tested.store.makeReader()
  }

  var writer: any SessionStoreWriter { get throws { try #require(openWriter) } }
  var reader: any SessionStoreReader { get throws { try #require(openReader) } }

  /// Leaves the store and comes back, as the next process does.
  func reopen() throws {
    // Theirs are gone before the store is closed.
    (openWriter, openReader) = (nil, nil)
    try tested.reopen()
    openWriter = try tested.store.makeWriter()
    openReader = try tested.store.makeReader()
  }

  /// Writes one member, which the store takes.
  func write(_ changes: StoreChange..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    try write(changes, sourceLocation: sourceLocation)
  }

  func write(_ changes: [StoreChange], sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(try writer.commit([StoreWrite(changes)]) == [nil], sourceLocation: sourceLocation)
  }

  /// Writes one member, and then again, as if nobody knew whether it went through.
  func writeTwice(_ changes: StoreChange..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    try write(changes, sourceLocation: sourceLocation)
    try write(changes, sourceLocation: sourceLocation)
  }

  /// Tries to write one member.
  ///
  /// - Returns: why the store does not take it.
  func refusal(of changes: StoreChange...) throws -> StoreWriteError? {
    let errors = try writer.commit([StoreWrite(changes)])
    try #require(errors.count == 1)
    return errors[0]
  }

  /// All messages of a session.
  func messages(_ key: StoreKey) throws -> [StoredMessage] {
    try reader.messages(of: key, from: 0, limit: 100_000, bytes: .max)
  }

  func session(_ key: StoreKey) throws -> StoredSession? {
    try reader.session([key], recent: RecentMessages(messages: 2, bytes: 0))?.session
  }
}

extension StoreWriteError {
  var isConflict: Bool { if case .conflict = self { true } else { false } }
}
