public import EventLoop
internal import System

extension EventLog {
  /// Subscribes the caller, who runs on `loop`. The caller reads once at once; from then on `wake` is called on the
  /// loop when there is something new, once until everything was read.
  ///
  /// `wake` may come from inside ``append(_:)``, when the generation runs on the same loop.
  ///
  /// - Parameter number: the last event that was seen before; one that does not exist yet is taken for the last.
  public func subscribe(
    after number: Int = 0, on loop: EventLoop, wake: @escaping @Sendable () -> Void
  ) -> Subscription {
    precondition(loop.isCurrent, "a subscription made off its loop")
    let subscriber = Subscriber(loop: loop, wake: wake)
    let start = state.withLock { state in
      state.subscribers.append(subscriber)
      state.attendance += 1
      if case .ended = state.origin { subscriber.tellsTexts = number <= 0 }
      return min(max(0, number), state.origin == .interrupted ? EventLog.largestNumber : state.lastNumber)
    }
    return Subscription(log: self, after: start, subscriber: subscriber)
  }

  /// How many listen now, and how often somebody came: together they tell whether anybody was there in between.
  var audience: (listeners: Int, attendance: Int) {
    state.withLock { ($0.subscribers.count, $0.attendance) }
  }

  func remove(_ subscriber: Subscriber) {
    state.withLock { state in
      guard let index = state.subscribers.firstIndex(where: { $0 === subscriber }) else { return }
      state.subscribers.swapAt(index, state.subscribers.count - 1)
      state.subscribers.removeLast()
    }
  }

  /// Copies events for a subscriber, and lets it be woken again if that was all.
  func copy(
    after number: Int, maximumBytes: Int, for subscriber: Subscriber, into batch: EventBatch
  ) -> Subscription.Progress {
    state.withLock { state in
      let progress = state.copy(
        after: number, maximumBytes: maximumBytes, tellsTexts: subscriber.tellsTexts, into: batch)
      if state.waitNumber != subscriber.toldWait {
        subscriber.toldWait = state.waitNumber
        if let wait = state.wait, state.lastNumber == 0 { batch.append(wait) }
      }
      if progress != .more { subscriber.isWakePending = false }
      return progress
    }
  }
}
