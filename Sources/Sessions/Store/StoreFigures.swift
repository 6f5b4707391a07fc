internal import System

/// What a store's writer has done, for metrics and the status.
public struct StoreFigures: Sendable {
  /// Commits that came back, and their members.
  package var commits = 0
  package var writes = 0
  /// The time that they took.
  package var commitTime = Duration.zero
  /// Tries that the store failed.
  package var failures = 0
  /// Of the last commits, smoothed; nil before the first.
  package var latency: Duration?
  /// What the store takes, without what is free in it.
  package var bytes = 0
  /// Writes that wait or are under way.
  package var waiting = 0
  /// Why the last try failed; nil where it did not.
  package var failure: StoreError?

  mutating func note(commitOf members: Int, _ took: Duration, bytes: Int) {
    commits += 1
    writes += members
    commitTime += took
    latency = latency.map { $0 + (took - $0) / 8 } ?? took
    self.bytes = bytes
  }
}

/// Why nothing new is written.
public enum StoreRefusal: Equatable, Sendable {
  /// More waits than may.
  case busy
  /// The store does not work now.
  case fails(StoreError)
  /// It has more bytes than it may have.
  case full(limit: Int)
  /// Another gateway has it, or this one goes down.
  case closed
}
