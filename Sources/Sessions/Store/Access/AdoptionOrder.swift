package import System

/// That the sessions of one owner are another's from now on. It stands in the store until none is left: one in which a turn runs goes to
/// its new owner when that is over.
package struct AdoptionOrder: Hashable, Sendable {
  /// Whose they are, as `Principal.ID.storedName` has it.
  package let other: String
  /// Whose they become.
  package let owner: String

  package init(other: String, owner: String) {
    self.other = other
    self.owner = owner
  }
}

/// An order as a store has it.
package struct StoredAdoptionOrder: Equatable, Sendable {
  /// Which it is: each is higher than those before it. One that was given again is another order, and one by which somebody else gets them
  /// now is the same.
  package let number: Int
  package let order: AdoptionOrder
  /// When it was given, by the clock of who gave it.
  package let orderedAt: Timestamp

  package init(number: Int, _ order: AdoptionOrder, at time: Timestamp) {
    self.number = number
    self.order = order
    orderedAt = time
  }
}
