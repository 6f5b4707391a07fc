internal import CLinux
internal import EventLoop
internal import System

/// The part of a ``StreamSwarm`` that lives on its loop.
///
/// `@unchecked Sendable`: but for `state`, which is a lock, and constants, everything is used on the loop's thread
/// alone.
final class SwarmRunner: @unchecked Sendable {
  struct State: Sendable {
    var progress = StreamSwarm.Progress()
    var outcomes: [StreamSwarm.Outcome?]
    /// How many streams are to end: fewer than planned once no more are begun.
    var expected: Int
    var isFinished: Bool { progress.ended == expected }
  }

  let loop: EventLoop
  let plan: SwarmPlan
  let state: Lock<State>
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

  /// The next stream to begin.
  private var nextIndex = 0
  /// The streams that go on, by index.
  private var lanes: [Int: SwarmLane] = [:]
  private var connecting = 0
  private var isStarting = false
  private var readsStalled = false
  private static let maxConnecting = 128

  init(loop: EventLoop, plan: SwarmPlan) {
    self.loop = loop
    self.plan = plan
    state = Lock(State(outcomes: Array(repeating: nil, count: plan.count), expected: plan.count))
  }

  deinit {
    readBuffer.deallocate()
  }

  /// Begins streams as long as there are any and room is. A stream that fails at once comes back to here:
  /// the loop then goes on where it is.
  func startMore() {
    guard !isStarting else { return }
    isStarting = true
    while nextIndex < plan.count, lanes.count < plan.concurrency, connecting < Self.maxConnecting {
      let lane = SwarmLane(runner: self)
      connecting += 1
      lane.start(takeNext(for: lane))
      lane.connect()
    }
    isStarting = false
  }

  /// A connection has come about, or not.
  func hasConnected(_ succeeded: Bool) {
    connecting -= 1
    if succeeded { state.withLock { $0.progress.connections += 1 } }
    startMore()
  }

  /// Gives the next stream to a lane.
  private func takeNext(for lane: SwarmLane) -> SwarmStream {
    let index = nextIndex
    nextIndex += 1
    lanes[index] = lane
    state.withLock { $0.progress.started += 1 }
    let bytes = plan.request(index)
    return SwarmStream(
      index: index, request: bytes, cut: plan.cut(index, requestLength: bytes.count),
      stalls: !readsStalled && plan.stalls?(index) == true)
  }

  func hasHead() {
    state.withLock { $0.progress.heads += 1 }
  }

  func hasReceived(_ count: Int) {
    state.withLock { $0.progress.bodyBytes += count }
  }

  /// A stream has ended.
  ///
  /// - Returns: the next one for the lane, if its connection is still good and there is one.
  func hasEnded(_ stream: SwarmStream, canGoOn: Bool, lane: SwarmLane) -> SwarmStream? {
    lanes[stream.outcome.index] = nil
    state.withLock { [outcome = stream.outcome] state in
      state.outcomes[outcome.index] = outcome
      state.progress.ended += 1
      if outcome.isComplete { state.progress.complete += 1 }
    }
    if canGoOn, plan.reusesConnections, nextIndex < plan.count { return takeNext(for: lane) }
    return nil
  }

  /// A lane tries its stream again on a new connection.
  func reconnects() {
    connecting += 1
  }

  func cut(_ index: Int, _ manner: Departure) {
    lanes[index]?.cut(manner)
  }

  func cutAll(_ manner: Departure) {
    nextIndex = plan.count
    state.withLock { $0.expected = $0.progress.started }
    for lane in Array(lanes.values) { lane.cut(manner) }
  }

  func readStalled() {
    readsStalled = true
    for lane in Array(lanes.values) { lane.readOn() }
  }
}
