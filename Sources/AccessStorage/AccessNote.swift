package import Access
package import Sessions

/// What an operator is told of keys and usage as it happens.
package enum AccessNote: Sendable {
  /// Another process has changed keys or teams: these are those of now. What the other process has done: the first
  /// ``OutsideChange/limit`` of `count`.
  case readAgain(KeyDirectory, changes: [OutsideChange], count: Int)
  /// The operator's file has other keys: the first ``OutsideChange/limit`` of `count` changes.
  case fileChanged(KeyDirectory, changes: [OutsideChange], count: Int)
  /// These keys of the operator's file have the ids of keys in the store, which are not valid as long as they stand there.
  case shadowed([KeyID])
  /// They cannot be read: those that were known before stay. Once, until they can.
  case cannotRead(StoreError)
  /// Users whom keys of the operator's file name are not made, or do not get what was said by these before: each is known to his key alone.
  /// Once, until it goes.
  case usersNotMade(String, isTriedAgain: Bool)
  /// The store does not take what was used: it is lost.
  case usageRefused(String)
  /// The gateway ends, and the store has not taken what was used last.
  case usageGivenUp
}
