internal import System

/// What a store's writer has done, for metrics and the status.
public struct StoreFigures: Sendable {
  /// Upper bounds of the buckets of ``commitCounts``, in seconds: from memory to a disk that hangs.
  package static let commitBounds = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  /// Commits that came back, by how long they took; the last took longer than all bounds.
  package private(set) var commitCounts = [UInt64](repeating: 0, count: commitBounds.count + 1)
  /// Their members.
  package private(set) var writes = 0
  /// The time that they took, in seconds.
  package private(set) var commitSeconds = 0.0
  /// Tries that the store failed.
  package var failures = 0
  /// Generations that an earlier process had left running.
  package var interrupted = 0
  /// Of the last commits, smoothed, in seconds; nil before the first.
  package private(set) var latency: Double?
  /// What the store takes, without what is free in it.
  package var bytes = 0
  /// Writes that wait or are under way.
  package var waiting = 0
  /// Why nothing new is written now; nil where it is.
  package var refusal: StoreRefusal?
  /// Whether the last try failed, to write or to read.
  package var isFailing = false
  /// Why the last read failed; nil where it did not.
  package var readFailure: StoreError?

  package init() {}

  /// Notes a commit that has come back.
  package mutating func note(commitOf members: Int, _ took: Duration, bytes: Int) {
    let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
    commitCounts[StoreFigures.commitBounds.firstIndex { seconds <= $0 } ?? commitCounts.count - 1] += 1
    writes += members
    commitSeconds += seconds
    latency = latency.map { $0 + (seconds - $0) / 8 } ?? seconds
    self.bytes = bytes
  }

  /// How the store is.
  package var state: StoreState { StoreState(refusal ?? readFailure.map { .fails($0) }) }

  /// Why the store does not work; nil where it does.
  package var failure: StoreError? {
    if case .fails(let failure) = refusal { failure } else { readFailure }
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
