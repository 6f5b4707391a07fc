package import System

/// What is written together, or not at all: a member of a group.
package struct StoreWrite: Sendable {
  /// In this order.
  package var changes: [StoreChange]

  package init(_ changes: [StoreChange]) { self.changes = changes }
}

/// One change. Done twice, in the order of its write, it does what it does done once.
package enum StoreChange: Sendable {
  /// Makes a session, or changes all of it but its owner: that ``giveSession(_:to:as:)`` alone does.
  case putSession(StoredSession)
  /// Changes a session that is there, and leaves it to its owner; else the write fails as ``StoreWriteError/sessionIsGone``.
  case updateSession(StoredSession)
  /// Deletes a session with all that belongs to it. One that is not there is deleted already.
  case deleteSession(StoreKey)

  /// Inserts a message, or changes the state of the one that is there: another number or another text there is a
  /// ``StoreWriteError/conflict(_:)``.
  case putMessage(StoredMessage, in: StoreKey)
  /// Deletes the messages from this place on.
  case dropMessages(in: StoreKey, from: Int)

  /// Keeps an image; one that is there stays.
  case putImage(StoredImage, in: StoreKey)
  /// Deletes the session's images but for these.
  case dropImages(in: StoreKey, except: [ImageDigest])

  /// Notes that a generation runs.
  case putGeneration(StoredGeneration)
  /// Notes how a generation ended. Its parts go, unless it was interrupted: then who comes back is given them.
  case endGeneration(id: String, StoredGenerationEnd)
  /// Keeps what is new of a running generation's texts, in place of what is kept under the same index; of one that has ended, or
  /// whose session is gone, nothing.
  case appendPart(StoredPart)
  /// Keeps what is new of all running generations' texts, in place of what is kept under the same number.
  case putCheckpoint(StoredCheckpoint)
  /// Deletes the checkpoints of this process before one: what they have has ended, or is kept as parts.
  case dropCheckpoints(before: Int)
  /// Deletes the checkpoints of earlier processes.
  case dropEarlierCheckpoints
  /// Deletes the parts of the session's generations that have ended: nobody comes back to them.
  case dropEndedParts(of: StoreKey)

  /// Keeps by what key a generation was asked for. A key that has another generation is a ``StoreWriteError/conflict(_:)``,
  /// unless that has expired.
  case putIdempotentRequest(IdempotentRequest)
  /// Forgets the key of a generation that has failed, so that the next try is a new one.
  case dropIdempotentRequest(generation: String)
  /// Forgets the keys that have expired by then.
  case dropIdempotentRequests(expiredBy: Timestamp)

  /// Gives a session to another owner, with all that belongs to it, under another key where its key has its owner. Where it is not
  /// there and the other key is, that was done before.
  ///
  /// A session under the other key that is not this one is a ``StoreWriteError/conflict(_:)``.
  case giveSession(StoreKey, to: String, as: StoreKey)

  /// Orders that the sessions of one owner become another's. Orders by which the first one was to get some give them to the second one. One
  /// of the same time is the same order.
  case putAdoption(AdoptionOrder, at: Timestamp = .now)
  /// Forgets the orders by which an owner was to get some, who is not there any more.
  case dropAdoptions(to: String)
  /// An order is carried out. One that gives them to another owner by now stays.
  case dropAdoption(number: Int, owner: String)

  /// Makes a key, of revision 1, and closes access if it is open; or changes the key in place of the revision before. Where another
  /// revision stands, or none, or another key has the digest, it is a ``StoreWriteError/conflict(_:)``.
  case putKey(StoredKey)
  /// Deletes a key and what counts toward its budgets, also of those for whom it has asked. Its usage stays.
  case deleteKey(id: String)
  /// Makes or changes a team, as ``putKey(_:)`` does.
  case putTeam(StoredTeam)
  /// Deletes a team and what counts toward its budgets. Keys that name it stay as they are.
  case deleteTeam(name: String)
  /// Makes or changes a user, as ``putKey(_:)`` does; a first one closes access as well.
  case putUser(StoredUser)
  /// Deletes a user with his sign-ins and what counts toward his budgets. His keys and his sessions stay as they are.
  case deleteUser(id: Int)
  /// No user gets a number up to this one.
  case reserveUsers(upTo: Int)
  /// Keeps a sign-in in place of what is kept under its id. One of a user who is not there is a ``StoreWriteError/conflict(_:)``.
  case putSignIn(StoredSignIn)
  /// Deletes sign-ins; those that are not there are deleted already.
  case dropSignIns([String])
  /// Deletes the sign-ins that are over by then.
  case dropOldSignIns(expiredBy: Timestamp)
  /// Closes access for good; where it is closed, that stays as it is.
  case closeAccess(since: Timestamp)

  /// Adds what was used, once.
  case addUsage(StoredUsageFlush)
  /// Deletes what was used before an hour, counted since 1970 in UTC.
  case dropUsage(before: Int)
  /// Deletes requests of the log that ended before.
  case dropUsageEntries(before: Timestamp)
  /// Deletes what counts toward a subject's budgets; of a key (`key:ID`) also that of those for whom it has asked (`user:ID:NAME`).
  case dropCounters(of: String)
  /// Deletes counters of windows that have begun before, but for those without an end, and forgets which flushes there were before.
  case dropOldCounters(before: Timestamp)
}
