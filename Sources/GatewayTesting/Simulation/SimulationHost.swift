internal import EventLoop
internal import System

/// Gives an ``OllamaSimulation`` a clock and clients: requests and timers go in, lines of responses come out.
///
/// `@unchecked Sendable`: `inside` is a lock; the rest is used on the server's thread alone, where a host's server calls it.
final class SimulationHost: @unchecked Sendable {
  private struct Inside {
    var simulation: OllamaSimulation
    /// What is to be told, in the order of happening.
    var effects: [OllamaSimulation.Effect] = []
    var blobs: Set<String> = []
    var nextID: Int
    var isDead = false
  }

  private let inside: Lock<Inside>
  /// The machine's time at a monotonic time, so that `expires_at` stands still where the simulation's does.
  private let start = (wall: Timestamp.now, monotonic: MonotonicTime.now)
  private var responses: [Int: SimulatedResponse] = [:]
  private var timer: LoopTimer?
  private var isTelling = false

  init(_ simulation: OllamaSimulation) {
    inside = Lock(Inside(simulation: simulation, nextID: 1))
  }

  /// That of a server which starts again: nothing is loaded, its files are there.
  init(restarting old: SimulationHost) {
    inside = Lock(
      old.inside.withLock { old in
        var simulation = OllamaSimulation(old.simulation.settings, at: .now)
        simulation.models = old.simulation.models
        simulation.record = old.simulation.record
        return Inside(simulation: simulation, blobs: old.blobs, nextID: old.nextID)
      })
  }

  /// The simulation as it is.
  var simulation: OllamaSimulation { inside.withLock { $0.simulation } }

  /// Says nothing any more.
  func die() {
    inside.withLock { $0.isDead = true }
  }

  /// Changes the simulation; ``tell()`` on the server's thread is to follow.
  func change(_ change: (inout OllamaSimulation, MonotonicTime) -> [OllamaSimulation.Effect]) {
    inside.withLock { inside in
      let effects = change(&inside.simulation, .now)
      inside.effects += effects
    }
  }

  /// When `time` of the simulation is, as Go writes it.
  func timestamp(_ time: MonotonicTime) -> String {
    OllamaWire.timestamp(start.wall, after: time - start.monotonic)
  }

  func withBlobs<Result>(_ body: (inout Set<String>) -> Result) -> Result {
    inside.withLock { body(&$0.blobs) }
  }

  // MARK: On the server's thread

  /// Begins a response that the simulation makes. `submit` gives it the work.
  func begin(
    _ response: SimulatedResponse,
    _ submit: (inout OllamaSimulation, _ id: Int, MonotonicTime) -> [OllamaSimulation.Effect]
  ) -> Script {
    let id = inside.withLock { inside in
      defer { inside.nextID += 1 }
      return inside.nextID
    }
    responses[id] = response
    response.live.onLeave = { [weak self] in self?.left(id) }
    change { simulation, now in submit(&simulation, id, now) }
    tell()
    return [.live(response.live)]
  }

  private func left(_ id: Int) {
    responses[id] = nil
    change { simulation, now in simulation.left(id, at: now) }
    tell()
  }

  /// Tells the clients what has happened, and sets the timer for what happens next.
  func tell() {
    // A client that is gone while it is told something comes here again.
    guard !isTelling else { return }
    isTelling = true
    defer { isTelling = false }
    while true {
      let effects = inside.withLock { inside -> [OllamaSimulation.Effect] in
        defer { inside.effects = [] }
        return inside.isDead ? [] : inside.effects
      }
      if effects.isEmpty { break }
      for effect in effects { tell(effect) }
    }
    setTimer()
  }

  private func tell(_ effect: OllamaSimulation.Effect) {
    switch effect {
    case .refused(let id, let status, let message): end(id) { $0.refuse(status, message) }
    case .failed(let id, let message): end(id) { $0.fail(message) }
    case .ended(let id, let figures): end(id) { $0.end(figures) }
    case .token(let id, let index): responses[id]?.token(index)
    case .pullLine(let id, let line): responses[id]?.line(line)
    case .pullEnded(let id, let error): end(id) { $0.endLines(error) }
    }
  }

  private func end(_ id: Int, _ body: (inout SimulatedResponse) -> Void) {
    guard var response = responses.removeValue(forKey: id) else { return }
    body(&response)
  }

  private func setTimer() {
    let deadline = inside.withLock { $0.isDead ? nil : $0.simulation.nextDeadline }
    if let deadline, let timer = timer ?? EventLoop.current?.makeTimer({ [weak self] in self?.timerFired() })
    {
      self.timer = timer
      timer.schedule(at: deadline)
    } else {
      timer?.cancel()
    }
  }

  private func timerFired() {
    change { simulation, now in simulation.advance(to: now) }
    tell()
  }
}
