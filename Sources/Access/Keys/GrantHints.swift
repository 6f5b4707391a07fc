internal import Synchronization

/// Numbers that others keep with a grant, to find sooner what they have of it. They say nothing of it, and may be outdated: who reads one
/// looks whether it is right. Any thread.
package struct GrantHints: ~Copyable, Sendable {
  private let lastFlow = Atomic<UInt64>(.max)
  private let lastLabel = Atomic<Int>(-1)

  init() {}

  /// Where what it asks of a model was seen last.
  package var flow: UInt64 {
    get { lastFlow.load(ordering: .relaxed) }
    nonmutating set { lastFlow.store(newValue, ordering: .relaxed) }
  }

  /// By which number metrics know its key; less than 0 where that is not known yet.
  package var label: Int {
    get { lastLabel.load(ordering: .relaxed) }
    nonmutating set { lastLabel.store(newValue, ordering: .relaxed) }
  }
}
