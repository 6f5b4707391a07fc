internal import Access
internal import Accounts
package import Sessions
internal import System

// What keys of the operator's file need of a store: that whom they name is a user, and that what was said by a key while it was nobody's is its
// user's, as it is with keys of the store.
extension AccessKeeper {
  /// Owners that are read at once.
  private static let ownersAtOnce = 10_000

  /// Has sessions given to other owners by this registry, which has the same store, from now on.
  package func use(_ registry: SessionRegistry) { state.withLock { $0.registry = registry } }

  /// Sees to keys of the file. What the store does not take now is tried again each second.
  ///
  /// - Parameter newOwners: those that were nobody's before.
  func seeToFile(newOwners: Set<KeyID>? = nil) async {
    guard storage != nil else { return handOverInMemory(newOwners ?? []) }
    let keys = state.withLock { state -> Set<KeyID>? in
      if let newOwners { state.ownedKeys = (state.ownedKeys ?? []).union(newOwners) }
      guard !state.isSeeingToFile, !state.hasStopped, let keys = state.ownedKeys else { return nil }
      (state.isSeeingToFile, state.ownedKeys) = (true, nil)
      return keys
    }
    guard let keys else { return }
    do throws(AccessError) {
      let (missing, hasOrders) = try await seeToFile(keys)
      let registry = state.withLock { state in
        (state.isSeeingToFile, state.hasToldOfFile) = (false, false)
        return state.registry
      }
      if let name = missing.first {
        teller(.usersNotMade("\(name) is the e-mail address of another user", isTriedAgain: false))
      }
      if hasOrders { await registry?.carryOutAdoptions() }
      // The file was read again meanwhile.
      if state.withLock({ $0.ownedKeys != nil }) { await seeToFile() }
    } catch {
      let mayBeTried = if case .store = error { true } else { false }
      let isNew = state.withLock { state in
        state.isSeeingToFile = false
        if mayBeTried { state.ownedKeys = (state.ownedKeys ?? []).union(keys) }
        defer { state.hasToldOfFile = mayBeTried }
        return !state.hasToldOfFile
      }
      if isNew { teller(.usersNotMade("\(error)", isTriedAgain: mayBeTried)) }
    }
  }

  /// - Returns: whom a key names and who cannot be made, and whether sessions are to change hands.
  private func seeToFile(
    _ keys: Set<KeyID>
  ) async throws(AccessError) -> (missing: [UserName], hasOrders: Bool) {
    let (names, isStart) = state.withLock { ($0.book.formerOwnersOfFile, $0.registry == nil) }
    guard !names.isEmpty else { return ([], false) }
    let owners = try await owners(among: names)
    return try await perform { (book) throws(AccessError) in
      // Before this start a key may have named others.
      let missing = isStart ? [] : Set(book.usersOfFileThatAreMissing)
      try book.addUsersOfFile(at: .now)
      let hasOrders = book.orderSessionsOfFile(keys, owners, ofMade: missing)
      return (book.usersOfFileThatAreMissing, hasOrders)
    }
  }

  /// Those of them that have sessions.
  private func owners(among names: Set<String>) async throws(AccessError) -> Set<String> {
    guard let storage else { return [] }
    do throws(StoreError) {
      return try await storage.readers.read { reader throws(StoreError) in
        var found: Set<String> = []
        var last = ""
        while true {
          let page = try reader.keyOwners(after: last, limit: Self.ownersAtOnce)
          found.formUnion(page.lazy.filter(names.contains))
          guard page.count == Self.ownersAtOnce, let end = page.last else { return found }
          last = end
        }
      }
    } catch { throw .store(error) }
  }

  /// Where nothing is stored: those of now, and those in which an answer is under way when that is over.
  private func handOverInMemory(_ keys: Set<KeyID>) {
    guard let registry = state.withLock({ $0.registry }) else { return }
    let (control, directory) = (control, control.directory.directory)
    for key in keys {
      guard let owner = directory[key]?.principal.id, owner != .key(key) else { continue }
      Task {
        await registry.handOver(sessionsOf: .key(key), to: owner) {
          control.directory.directory[key]?.principal.id == owner
        }
      }
    }
  }
}
