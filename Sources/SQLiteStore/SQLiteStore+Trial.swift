package import Sessions
package import System

extension SQLiteStore {
  /// What a gateway would find at a path.
  package enum Trial: Sendable, Equatable {
    /// A store; whether a gateway has it now, and when the first key has closed access: nil before that.
    case found(bytes: Int, isInUse: Bool, closedSince: Timestamp?)
    /// Nothing: it would make one.
    case wouldBeMade
  }

  /// Looks whether a gateway could open a store, beside one that may have it; makes and changes nothing. Blocks.
  ///
  /// - Parameter path: of the database's file.
  package static func trial(path: String) throws(StoreError) -> Trial {
    let place = try StorePath(path, makesFolder: false)
    try place.checkFolder()
    let found = try place.status()
    if let found { try place.check(found) }
    guard let found, found.bytes > 0 else {
      try checkMayMake(place, .service, StoreLock.text(of: place), isEmpty: found != nil)
      return .wouldBeMade
    }
    let store = try open(path: path, mode: .beside, mayBeOlder: true)
    defer { store.close() }
    let closedSince = try store.closedSince()
    if closedSince == nil, StoreLock.text(of: place) == nil { throw damagedLock(place) }
    return .found(bytes: found.bytes, isInUse: StoreLock.isHeld(place), closedSince: closedSince)
  }

  /// What the next start does to a store that has access open: words for where it closes that; nil else.
  ///
  /// - Parameter path: of the database's file.
  package static func closingWords(path: String) throws(StoreError) -> String? {
    let place = try StorePath(path, makesFolder: false)
    return StoreLock.text(of: place)?.isClosed == true ? closingWords(place) : nil
  }

  static func closingWords(_ path: StorePath) -> String {
    """
    \(path.lock) notes that access was closed, and the database knows of no key: a first one was not finished, or another database was put \
    in its place. Nobody is let in without a key (ollama-gateway keys add --admin), unless the configuration says auth: open
    """
  }

  /// Of a store that may be older than its table of that, when nothing was closed.
  private func closedSince() throws(StoreError) -> Timestamp? {
    let reader = try SQLiteReader(path.path, durability: durability)
    let version = try reader.reading { () throws(SQLiteFailure) in
      try reader.connection.number("PRAGMA user_version")
    }
    return version < Schema.versionOfAccess ? nil : try reader.accessState().closedSince
  }
}
