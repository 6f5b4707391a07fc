/// The places of one of the process's tables: so many that are taken at most, whoever takes them. Safe from any thread; takes
/// no lock.
public final class TablePlaces: Sendable {
  /// How many places there are.
  public let limit: Int
  private let taken = BoundedCounter()

  /// - Parameter limit: how many places there are.
  public init(limit: Int) { self.limit = limit }

  /// How many are taken.
  public var count: Int { taken.value }

  /// Takes a place for a client: of the table and of the client's share.
  ///
  /// - Parameter account: nil for one that no share holds for.
  /// - Throws: the client's share before the table, which is full for others as well.
  public func take(
    _ resource: ClientResource, of account: ClientAccount?
  ) throws(TableRefusal) -> TablePlace {
    var hold: ClientHold?
    if let account {
      hold = ClientHold.take(resource, of: account)
      guard hold != nil else { throw .overShare }
    }
    guard taken.take(1, of: limit) else { throw .tableIsFull }
    return TablePlace(in: self, hold)
  }

  /// Takes a place that is on no client's account.
  ///
  /// - Throws: where the table is full.
  public func take() throws(TableRefusal) -> TablePlace {
    guard taken.take(1, of: limit) else { throw .tableIsFull }
    return TablePlace(in: self, nil)
  }

  fileprivate func giveBack() { taken.giveBack(1) }
}

/// Why a client gets no place.
public enum TableRefusal: Error, Equatable, Sendable {
  /// It has as many as one client may.
  case overShare
  /// There is none left.
  case tableIsFull
}

/// A place in a table: given back when the last reference goes, however that comes. Safe from any thread.
public final class TablePlace: Sendable {
  private let places: TablePlaces
  private let hold: ClientHold?

  fileprivate init(in places: TablePlaces, _ hold: ClientHold?) {
    self.places = places
    self.hold = hold
  }

  deinit { places.giveBack() }
}
