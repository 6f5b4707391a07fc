package import Access
internal import Synchronization
internal import System

// The keys of now.
extension AccessControl {
  /// Goes up with each change of the directory. Takes no lock: a worker keeps the directory for as long as this is the same.
  package var generation: UInt64 { currentGeneration.load(ordering: .acquiring) }

  /// The keys of now, and their generation.
  package var directory: (directory: KeyDirectory, generation: UInt64) {
    keys.withLock { ($0.directory, $0.generation) }
  }

  /// These are the keys from now on. Whoever observes them is told before this returns, on this thread.
  package func use(_ directory: KeyDirectory) {
    let (observers, old) = keys.withLock { keys in
      let old = keys.directory
      keys.directory = directory
      keys.generation &+= 1
      currentGeneration.store(keys.generation, ordering: .releasing)
      return (keys.observers, old)
    }
    // What thousands of keys take to free is not for workers to wait for.
    withExtendedLifetime(old) {}
    for observer in observers { observer(directory) }
  }

  /// Notes of users what lets nobody do more or less: ``directory`` has it at once, and ``generation`` stays, so that workers go on with
  /// what they have. Not beside ``use(_:)`` or another call of this.
  package func note(_ records: [UserRecord]) {
    let (before, generation) = directory
    let noted = before.noting(records)
    keys.withLock { keys in if keys.generation == generation { keys.directory = noted } }
    withExtendedLifetime(before) {}
  }

  /// Has `handler` called after each change of the keys, on the thread that makes it: it must not block, nor change them itself. There
  /// are a few, from the start on.
  package func observe(_ handler: @escaping @Sendable (KeyDirectory) -> Void) {
    keys.withLock { $0.observers.append(handler) }
  }
}
