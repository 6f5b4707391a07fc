package import Sessions

extension SQLiteStore {
  /// What a gateway would find at a path.
  package enum Trial: Sendable, Equatable {
    /// A store; whether a gateway has it now.
    case found(bytes: Int, isInUse: Bool)
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
      try checkMayMake(place, .service, madeStore: StoreLock.madeStore(of: place), isEmpty: found != nil)
      return .wouldBeMade
    }
    try open(path: path, mode: .beside).close()
    return .found(bytes: found.bytes, isInUse: StoreLock.isHeld(place))
  }
}
