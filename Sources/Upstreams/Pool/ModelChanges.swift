internal import Synchronization

/// Counts the requests that may change which models Ollama has. What was known before one is not known after it. Safe from
/// any thread.
package final class ModelChanges: Sendable {
  private let underWay = Atomic(0)
  private let endedCount = Atomic(0)

  package init() {}

  /// Changes whenever the models may have; nil while they may be changing.
  package var stamp: Int? {
    // In this order: a change that begins and ends in between is seen by the other.
    guard underWay.load(ordering: .sequentiallyConsistent) == 0 else { return nil }
    return ended
  }

  /// How many have ended.
  package var ended: Int { endedCount.load(ordering: .sequentiallyConsistent) }

  /// A request that may change them, until its last reference goes.
  package func begin() -> Change { Change(self) }

  package final class Change: Sendable {
    private let changes: ModelChanges

    fileprivate init(_ changes: ModelChanges) {
      self.changes = changes
      changes.underWay.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    deinit {
      changes.endedCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
      changes.underWay.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }
  }
}
