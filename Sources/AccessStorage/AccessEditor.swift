package import Sessions

/// Changes keys and teams of a store, beside the service that may have it. Belongs to one thread; its calls block.
package final class AccessEditor {
  /// How often a change is tried that somebody else was faster with.
  static let tries = 4

  private let store: any SessionStore
  private let reader: any SessionStoreReader
  private let writer: any SessionStoreWriter

  /// - Throws: where the store cannot be read or written.
  package init(_ store: any SessionStore) throws(StoreError) {
    self.store = store
    reader = try store.makeReader()
    writer = try store.makeWriter()
  }

  /// The keys and teams that there are.
  package func read() throws(AccessError) -> AccessBook {
    do throws(StoreError) {
      return try AccessBook(try reader.access(limit: AccessBook.readLimit))
    } catch { throw .store(error) }
  }

  /// Changes keys and teams, and comes back when that is stored.
  ///
  /// - Parameter edit: is tried again on what there is by then, where somebody else was faster.
  package func perform<Result>(
    _ edit: (inout AccessBook) throws(AccessError) -> Result
  ) throws(AccessError) -> Result {
    for _ in 0..<Self.tries {
      var book = try read()
      let result = try edit(&book)
      if try book.commit(by: writer, of: store) { return result }
    }
    throw .contended
  }
}

extension AccessBook {
  /// Writes what is to be changed. That access is closed is noted beside the store before: a kill in between leaves it closed. What is known
  /// not to be written takes the note back.
  ///
  /// - Returns: false where somebody else has changed the same.
  mutating func commit(
    by writer: any SessionStoreWriter, of store: any SessionStore
  ) throws(AccessError) -> Bool {
    let changes = takeChanges()
    if changes.isEmpty { return true }
    var isNoted = false
    do throws(StoreError) {
      if closedSince != nil { isNoted = try store.noteClosed() }
      switch try writer.commit([StoreWrite(changes)]).first ?? nil {
      case nil:
        if closedSince != nil { try? store.confirmClosedNote() }
        return true
      case .conflict, .sessionIsGone:
        if isNoted { try? store.takeBackClosedNote() }
        return false
      case .refused(let words): throw StoreError(.corrupt, "the store does not take it: \(words)")
      }
    } catch {
      // Whatever has failed: the store itself says whether access is closed. Where it cannot be asked, the note stays.
      if isNoted { try? store.takeBackClosedNote() }
      throw .store(error)
    }
  }
}
