package import Accounts
package import Sessions
internal import System

// What was used: to the store, and back to who asks.
extension AccessKeeper {
  /// Counters are kept for so long after their window has begun: longer than a month.
  private static let counterTime = Duration.seconds(40 * 86_400)
  /// Requests of the log are kept for so long.
  private static let logTime = Duration.seconds(30 * 86_400)

  /// Sums of what was used. What is not flushed yet, for a second at most, is not in them.
  package func usage(_ question: UsageQuestion) async throws(StoreError) -> [StoredUsage] {
    guard let storage else {
      takeIntoMemory()
      return state.withLock { question.answer(from: $0.usage.all) }
    }
    return try await storage.readers.read { reader throws(StoreError) in try reader.usage(question) }
  }

  /// Requests of the log, the last ones first. Without a store there is none.
  package func usageEntries(_ question: UsageLogQuestion) async throws(StoreError) -> [StoredUsageEntry] {
    guard let storage else { return [] }
    return try await storage.readers.read { reader throws(StoreError) in try reader.usageEntries(question) }
  }

  /// Has digests of models told for those requests of the log that have none.
  package func use(digests: @escaping @Sendable ([UsageEntry]) async -> [Int64: String]) {
    state.withLock { $0.digests = digests }
  }

  /// Stores a flush. Where that fails it comes again, under the same number: the store adds it once.
  func store(_ flush: UsageFlush) async {
    guard let storage, mayStore(in: storage) else { return }
    let isFree = state.withLock { state in
      defer { state.isFlushing = true }
      return !state.isFlushing && !state.hasStopped
    }
    guard isFree else { return }
    defer { state.withLock { $0.isFlushing = false } }
    let findDigests = flush.entries.isEmpty ? nil : state.withLock { $0.digests }
    let digests = await findDigests?(flush.entries) ?? [:]
    let now = Timestamp.now
    var cleaning = cleaning(at: now)
    for part in UsageDocuments.stored(flush, digests, at: now) {
      let write = StoreWrite([.addUsage(part)] + cleaning)
      cleaning = []
      let errors = try? await storage.writer.ask { writer throws(StoreError) in try writer.commit([write]) }
      guard let errors else { return }
      if let error = errors.lazy.compactMap({ $0 }).first { teller(.usageRefused("\(error)")) }
    }
    control.flushed(flush.number)
  }

  /// A store that fails is asked by its writer alone whether it is well again.
  private func mayStore(in storage: SessionStorage) -> Bool {
    switch storage.writer.refusal {
    case nil, .full, .busy: true
    case .fails, .closed: false
    }
  }

  private func cleaning(at now: Timestamp) -> [StoreChange] {
    guard state.withLock({ $0.cleaningTimes.isDue(at: now, .now) }) else { return [] }
    return [
      .dropOldCounters(before: now.adding(.zero - Self.counterTime)),
      .dropUsageEntries(before: now.adding(.zero - Self.logTime)),
    ]
  }

  // MARK: Without a store

  private static let memoryInterval = Duration.seconds(60)

  /// Takes what was used out of the accounts now and then, which have room for less.
  func followMemory() {
    Task { [weak self] in
      while true {
        try? await Task.sleep(for: Self.memoryInterval)
        guard let self, !self.state.withLock({ $0.hasStopped }) else { return }
        self.takeIntoMemory()
      }
    }
  }

  private func takeIntoMemory() {
    state.withLock { state in
      while let flush = control.nextFlush() {
        state.usage.add(UsageDocuments.stored(flush, [:], at: .now).flatMap(\.usage))
        control.flushed(flush.number)
      }
    }
  }
}
