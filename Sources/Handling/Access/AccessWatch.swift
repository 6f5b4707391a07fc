internal import Access
package import EventLoop

/// What goes on for callers on one worker, and ends where they are let in no more. Lives on its worker's loop.
package final class AccessWatch {
  private struct Entry {
    weak var work: (any AdmittedWork)?
    let expires: Bool
  }

  private let doorkeeper: Doorkeeper
  private let loop: EventLoop
  private var entries: [ObjectIdentifier: Entry] = [:]
  /// Of those whose keys end by themselves.
  private var expiring = 0
  private var timer: LoopTimer?

  /// From one look at keys that end by themselves to the next.
  private static let interval = Duration.seconds(1)

  /// - Parameter doorkeeper: of the same worker.
  package init(_ doorkeeper: Doorkeeper, on loop: EventLoop) {
    self.doorkeeper = doorkeeper
    self.loop = loop
  }

  /// It goes on until ``remove(_:)``, which must come before it is gone.
  package func add(_ work: any AdmittedWork) {
    remove(work)
    let expires = work.admitted.endsByItself
    entries[ObjectIdentifier(work)] = Entry(work: work, expires: expires)
    guard expires else { return }
    expiring += 1
    if timer?.isScheduled != true { startTimer() }
  }

  /// It has ended. Harmless where it is not known.
  package func remove(_ work: any AdmittedWork) {
    guard let entry = entries.removeValue(forKey: ObjectIdentifier(work)), entry.expires else { return }
    expiring -= 1
    if expiring == 0 { timer?.cancel() }
  }

  /// Keys or settings have changed: ends what goes on for whom they let in no more.
  package func look() {
    for entry in Array(entries.values) { look(at: entry) }
  }

  /// The worker ends.
  package func close() {
    timer?.cancel()
    timer = nil
    entries = [:]
  }

  private func look(at entry: Entry) {
    guard let work = entry.work else { return }
    do throws(RequestFailure) {
      try doorkeeper.admitAgain(&work.admitted)
      // When its key ends may have changed as well.
      if work.admitted.endsByItself != entry.expires { add(work) }
    } catch {
      remove(work)
      work.accessDidEnd(error)
    }
  }

  private func startTimer() {
    let timer =
      timer
      ?? loop.makeTimer { [weak self] in
        guard let self, expiring > 0 else { return }
        startTimer()
        for entry in Array(entries.values) where entry.expires { look(at: entry) }
      }
    self.timer = timer
    timer.schedule(after: AccessWatch.interval)
  }
}
