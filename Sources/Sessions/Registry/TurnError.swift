public import Budgets

/// Why a message did not get its turn.
public enum TurnError: Error, Equatable, Sendable {
  /// As many turns as may wait in this session do already (429).
  case queueFull(limit: Int)
  /// There are as many sessions as may be, and each has a turn running or waiting (503).
  case tooManySessions(limit: Int)
  /// The client has as many sessions as one may, and none of them has rested long enough to make room (429).
  case overShare(limit: Int)
  /// There is no memory for a message that has to wait (503, or 429).
  case noMemory(MemoryRefusal)
  /// The session has no image of this name, or has it no more (422).
  case unknownImage(ImageDigest)
  /// The message's images, those that it names among them, have more bytes than may be (422).
  case imagesTooLarge(limit: Int)
  /// The session was deleted while the turn waited (404).
  case sessionDeleted
  /// The turn that it would replace is another's, and so is the session (403).
  case notOwner
  /// The store takes nothing new: the message was not taken (503).
  case store(StoreRefusal)
  /// The message could not be stored in time, and was not taken (503).
  case notStored
  /// Under its idempotency key something else was asked for (422).
  case idempotencyConflict
  /// The gateway is going down (503).
  case draining
  /// The caller's task was cancelled: its client has left.
  case cancelled
}
