import Dispatch
internal import System

/// Writes to a store in groups: what comes while one commit is under way goes with the next. Safe from any thread.
///
/// It decides nothing by itself: see ``StoreQueue``.
package final class StoreWriter: Sendable {
  /// Called on a queue of the writer's, which waits for it.
  typealias Completion = @Sendable (StoreQueue.Outcome) -> Void

  private struct State {
    var queue: StoreQueue
    var completions: [StoreQueue.Ticket: Completion] = [:]
    var figures = StoreFigures()
    var chronicle: StoreChronicle
    /// When the timer is due that is under way in Dispatch.
    var timer: MonotonicTime?
    var isClosed = false
    /// Whether those are being told who have waited for a commit: what they write then goes with one group.
    var isTelling = false
    /// When the store's bytes were counted.
    var counted: MonotonicTime?

    /// Whether the store's bytes are to be counted, now that something was written. Where they are far from their bound, that is done
    /// now and then.
    mutating func countsBytes(at now: MonotonicTime) -> Bool {
      let isFar = chronicle.sizeLimit.map { $0 - figures.bytes > StoreWriter.nearness } ?? true
      if isFar, let counted, now - counted < StoreWriter.countingInterval { return false }
      counted = now
      return true
    }

    /// The timer to be set; nil where one is under way that comes in time.
    mutating func timerDelay(at now: MonotonicTime) -> (MonotonicTime, Duration)? {
      guard let next = queue.nextDeadline else { return nil }
      if let timer, timer <= next { return nil }
      timer = next
      return (next, next - now)
    }

    mutating func notes() -> [StoreNote] {
      chronicle.notes(queue.failure, bytes: figures.bytes, at: .now)
    }

    /// Why nothing new may be written now that can be refused; nil where it may.
    var refusal: StoreRefusal? {
      // Whose it is now is worth more than that it is closed.
      if let failure = queue.failure, !isClosed || failure.kind == .taken { return .fails(failure) }
      if isClosed { return .closed }
      if queue.isClosed { return .busy }
      if let limit = chronicle.sizeLimit, figures.bytes > limit { return .full(limit: limit) }
      return nil
    }

    /// The same of what nobody waits for: a store that fails may work again, and takes it then.
    var unawaitedRefusal: StoreRefusal? {
      if case .fails(let failure) = refusal, failure.kind != .taken { return queue.isFull ? .busy : nil }
      return refusal
    }

    mutating func take(
      _ outcomes: [(StoreQueue.Ticket, StoreQueue.Outcome)]
    ) -> [(Completion?, StoreQueue.Outcome)] {
      outcomes.map { ticket, outcome in
        (outcome == .late ? completions[ticket] : completions.removeValue(forKey: ticket), outcome)
      }
    }
  }

  /// The writer, which blocks. `@unchecked Sendable`: ``commits`` alone touches it.
  private final class Confined: @unchecked Sendable {
    let writer: any SessionStoreWriter
    init(_ writer: any SessionStoreWriter) { self.writer = writer }
  }

  /// So near to their bound the store's bytes are counted after each commit, else after this time: no disk writes as much in it.
  private static let nearness = 128 << 20
  private static let countingInterval = Duration.milliseconds(100)

  private let state: Lock<State>
  private let confined: Confined
  private let commits = DispatchQueue(label: "store-commits")
  private let timers = DispatchQueue(label: "store-timers")
  /// Is told of what an operator is to know, on no particular thread.
  private let teller: @Sendable (StoreNote) -> Void

  /// - Parameters:
  ///   - timeout: how long somebody waits for a write.
  ///   - sizeLimit: bytes of the store beyond which no turn begins.
  ///   - teller: is told of what an operator is to know, on no particular thread.
  package convenience init(
    _ writer: sending any SessionStoreWriter, timeout: Duration, sizeLimit: Int?,
    teller: @escaping @Sendable (StoreNote) -> Void = { _ in }
  ) {
    var limits = StoreQueue.Limits()
    limits.timeout = timeout
    self.init(writer, limits: limits, sizeLimit: sizeLimit, teller: teller)
  }

  init(
    _ writer: sending any SessionStoreWriter, limits: StoreQueue.Limits, sizeLimit: Int? = nil,
    teller: @escaping @Sendable (StoreNote) -> Void = { _ in }
  ) {
    self.teller = teller
    var state = State(
      queue: StoreQueue(limits: limits), chronicle: StoreChronicle(sizeLimit: sizeLimit))
    state.figures.bytes = writer.usedBytes
    let notes = state.notes()
    confined = Confined(writer)
    self.state = Lock(state)
    for note in notes { teller(note) }
  }

  /// Why nothing new may be written now that can be refused; nil where it may.
  package var refusal: StoreRefusal? { state.withLock { $0.refusal } }

  /// The same of what nobody waits for.
  package var unawaitedRefusal: StoreRefusal? { state.withLock { $0.unawaitedRefusal } }

  /// Whether nothing may be deleted now. From a store that has too much it may.
  var refusesDeletions: Bool {
    switch refusal {
    case .busy, .fails, .closed: true
    case .full, nil: false
    }
  }

  /// What it has done.
  package var figures: StoreFigures {
    state.withLock { state in
      var figures = state.figures
      figures.waiting = state.queue.count
      figures.refusal = state.refusal
      figures.isFailing = state.queue.failure != nil
      return figures
    }
  }

  /// Generations of an earlier process were ended.
  func note(interrupted count: Int) { state.withLock { $0.figures.interrupted += count } }

  /// Puts a write behind the others. `completion` is called on no particular thread: once, and once more after `late`.
  ///
  /// - Parameter gathers: whether it may wait a little for others that come.
  func submit(
    _ write: StoreWrite, bytes: Int = 0, _ patience: StoreQueue.Patience, gathers: Bool = false,
    then completion: @escaping Completion = { _ in }
  ) {
    let isClosed = state.withLock { state -> Bool in
      if state.isClosed { return true }
      let ticket = state.queue.submit(write, bytes: bytes, patience, gathers: gathers, at: .now)
      state.completions[ticket] = completion
      return false
    }
    // Not here: a completion may wait for the queue on which the caller is.
    if isClosed { return timers.async { completion(.unavailable) } }
    proceed()
  }

  /// Puts a write aside for a moment, in which it can be withdrawn; then it waits behind the others.
  ///
  /// - Returns: by what it is withdrawn or roused; nil where the writer is closed, as `completion` is told then.
  func rest(
    _ write: StoreWrite, bytes: Int = 0, _ patience: StoreQueue.Patience,
    then completion: @escaping Completion
  ) -> StoreQueue.Ticket? {
    let ticket = state.withLock { state -> StoreQueue.Ticket? in
      if state.isClosed { return nil }
      let ticket = state.queue.rest(write, bytes: bytes, patience, at: .now)
      state.completions[ticket] = completion
      return ticket
    }
    if ticket == nil { timers.async { completion(.unavailable) } } else { proceed() }
    return ticket
  }

  /// Takes a write back that rests: nothing of it is done, and its completion is not called.
  ///
  /// - Returns: whether it has rested until now.
  func withdraw(_ ticket: StoreQueue.Ticket) -> Bool {
    state.withLock { state in
      guard state.queue.withdraw(ticket) else { return false }
      state.completions[ticket] = nil
      return true
    }
  }

  /// Lets a write rest no longer.
  func rouse(_ ticket: StoreQueue.Ticket) {
    state.withLock { $0.queue.rouse(ticket, at: .now) }
    proceed()
  }

  /// Waits until what was submitted before is written, where the store works and anything waits.
  func settle() async {
    let isNeeded = state.withLock { state in
      guard state.queue.count > 0, state.queue.failure == nil, !state.isClosed else { return false }
      state.queue.rouseAll(at: .now)
      return true
    }
    guard isNeeded else { return }
    await withCheckedContinuation { continuation in
      submit(StoreWrite([]), .isGivenUp) { _ in continuation.resume() }
    }
  }

  /// Asks the store something that its writer alone can tell.
  package func ask<Result: Sendable>(
    _ question: @escaping @Sendable (any SessionStoreWriter) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    let confined = confined
    let result: Swift.Result<Result, StoreError> = await withCheckedContinuation { continuation in
      commits.async {
        do throws(StoreError) {
          continuation.resume(returning: .success(try question(confined.writer)))
        } catch {
          self.notice(error)
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  /// Comes back when nothing waits any more, or after `limit`; then nothing more is written. What was still to be written is told.
  package func close(within limit: Duration) async {
    let deadline = MonotonicTime.now + limit
    state.withLock { $0.queue.rouseAll(at: .now) }
    proceed()
    while state.withLock({ $0.queue.count > 0 }), MonotonicTime.now < deadline {
      try? await Task.sleep(for: .milliseconds(5))
    }
    var lost = giveUp()
    // A commit that is under way ends first: where it fails, it is not tried again.
    await withCheckedContinuation { continuation in commits.async { continuation.resume() } }
    lost += giveUp()
    if lost > 0 { teller(.gaveUp(writes: lost, state.withLock(\.queue.failure))) }
  }

  /// Nothing new is written, and nothing of what waits.
  ///
  /// - Returns: how many writes are lost by it.
  private func giveUp() -> Int {
    let (given, lost) = state.withLock { state in
      state.isClosed = true
      let lost = state.queue.owed
      return (state.take(state.queue.giveUp()), lost)
    }
    for (completion, outcome) in given { completion?(outcome) }
    return lost
  }

  /// Begins the next group, if there is one, and sets the timer.
  private func proceed() {
    let (group, delay) = state.withLock { state -> ([StoreWrite]?, (MonotonicTime, Duration)?) in
      guard !state.isClosed, !state.isTelling else { return (nil, nil) }
      let now = MonotonicTime.now
      return (state.queue.takeGroup(at: now), state.timerDelay(at: now))
    }
    if let group { commits.async { self.commit(group) } }
    guard let (due, delay) = delay else { return }
    timers.asyncAfter(deadline: .now() + .nanoseconds(Int(max(Duration.zero, delay).wholeNanoseconds))) {
      [weak self] in
      self?.timerDidFire(due)
    }
  }

  /// The store has failed at a question: nobody shall have to find that out by a write.
  private func notice(_ error: StoreError) {
    let notes = state.withLock { state in
      state.queue.notice(error, at: .now)
      return state.notes()
    }
    for note in notes { teller(note) }
    proceed()
  }

  private func commit(_ group: [StoreWrite]) {
    let start = MonotonicTime.now
    var completed: [(Completion?, StoreQueue.Outcome)] = []
    var notes: [StoreNote] = []
    do throws(StoreError) {
      let errors = try confined.writer.commit(group)
      let took = MonotonicTime.now - start
      let bytes = state.withLock({ $0.countsBytes(at: start) }) ? confined.writer.usedBytes : nil
      (completed, notes) = state.withLock { state in
        state.figures.note(commitOf: group.count, took, bytes: bytes ?? state.figures.bytes)
        let outcomes = state.queue.didCommit(errors)
        state.isTelling = true
        return (state.take(outcomes), state.notes())
      }
    } catch {
      (completed, notes) = state.withLock { state in
        state.figures.failures += 1
        state.queue.didFail(error, at: .now)
        state.isTelling = true
        var notes = state.notes()
        guard error.kind == .taken else { return ([], notes) }
        state.isClosed = true
        if state.queue.owed > 0 { notes.append(.gaveUp(writes: state.queue.owed, error)) }
        return (state.take(state.queue.giveUp()), notes)
      }
    }
    for note in notes { teller(note) }
    for (completion, outcome) in completed { completion?(outcome) }
    state.withLock { $0.isTelling = false }
    proceed()
  }

  private func timerDidFire(_ due: MonotonicTime) {
    let completed = state.withLock { state -> [(Completion?, StoreQueue.Outcome)] in
      if state.timer == due { state.timer = nil }
      return state.take(state.queue.expire(at: .now))
    }
    for (completion, outcome) in completed { completion?(outcome) }
    proceed()
  }
}
