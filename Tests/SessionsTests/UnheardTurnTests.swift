import EventLoop
import System
import Testing

@testable import Sessions

/// Turns of listeners that wait while nobody listens to their session.
@Suite struct UnheardTurnTests {
  let manual = ManualClock()
  let registry: SessionRegistry
  let loop: EventLoop
  let listener: SessionListener
  let heard = Lock<[String]>([])

  init() throws {
    registry = SessionRegistry(clock: manual.clock)
    loop = try EventLoop(name: "unheard")
    listener = SessionListener(on: loop) { [heard] generation in
      heard.withLock { $0.append(generation.model) }
    }
  }

  private func done() { loop.shutDown() }

  /// Waits until the registry has seen who left.
  private func settle() async { _ = await registry.history(of: id("s"), limit: 1) }

  /// A turn of a WebSocket's, or of a request over HTTP.
  private func request(_ message: String, heard: Bool = true, replaces: Bool = false) -> TurnRequest {
    TurnRequest(
      sessionID: id("s"), message: message, model: message, replacesLastTurn: replaces,
      origin: heard ? listener.id : nil)
  }

  /// Lets a turn wait.
  private func queue(_ request: TurnRequest) async -> Task<Turn, any Error> {
    let before = registry.currentCounts.waitingTurns
    let task = Task { try await registry.beginTurn(request) }
    await eventually("it waits") { registry.currentCounts.waitingTurns == before + 1 }
    return task
  }

  private func pass(_ time: Duration) async {
    manual.advance(by: time)
    await registry.sweep()
  }

  private var history: [String] {
    get async {
      await registry.history(of: id("s"), limit: 100)?.messages.map { $0.content + ($0.isFailed ? "!" : "") }
        ?? []
    }
  }

  @Test func itBeginsWhenSomebodyComesBackInTime() async throws {
    defer { done() }
    var joined: Joined? = try await registry.join(id("s"), listener)
    let first = try await registry.beginTurn(request("one"))
    let second = await queue(request("two"))
    let third = await queue(request("three"))
    joined = nil
    await settle()
    first.generation.log.append("1")
    await registry.finishTurn(first, .completed)
    await pass(.seconds(29))
    #expect(registry.currentCounts.runningTurns == 0)
    #expect(registry.currentCounts.waitingTurns == 2)
    // The generation that was there before is told; the one that begins now is heard.
    joined = try await registry.join(id("s"), listener)
    #expect(joined?.generation === first.generation && joined?.session.isGenerating == true)
    let turn = try await second.value
    #expect(turn.message.content == "two" && turn.context.map(\.content) == ["one", "1"])
    await pass(.seconds(1000))
    await registry.finishTurn(turn, .completed)
    #expect(try await third.value.message.content == "three")
    await loop.run {}
    #expect(heard.withLock { $0 } == ["one", "two", "three"])
    withExtendedLifetime(joined) {}
  }

  @Test func itFailsAsCancelledAfterTheGrace() async throws {
    defer { done() }
    var joined: Joined? = try await registry.join(id("s"), listener)
    let first = try await registry.beginTurn(request("one"))
    let waiting = [await queue(request("two")), await queue(request("three"))]
    joined = nil
    await settle()
    await registry.finishTurn(first, .completed)
    manual.advance(by: .seconds(30) - .nanoseconds(1))
    await registry.sweep()
    #expect(registry.currentCounts.waitingTurns == 2)
    await pass(.nanoseconds(1))
    for task in waiting { await #expect(throws: TurnError.cancelled) { try await task.value } }
    #expect(await history == ["one", "", "two!", "three!"])
    #expect(registry.currentCounts.waitingTurns == 0)
    #expect(await registry.bytesInUse == registry.currentCounts.bytes)
    // They are no context of what is said next.
    joined = try await registry.join(id("s"), listener)
    #expect(try await registry.beginTurn(request("four")).context.map(\.content) == ["one", ""])
    withExtendedLifetime(joined) {}
  }

  /// It had its place behind what runs, and so have the marks in the history.
  @Test func itFailsNoSoonerThanWhatRunsBeforeIt() async throws {
    defer { done() }
    var joined: Joined? = try await registry.join(id("s"), listener)
    let first = try await registry.beginTurn(request("one"))
    let second = await queue(request("two"))
    joined = nil
    await settle()
    await pass(.seconds(1000))
    #expect(first.generation.stopReason == .abandoned)
    #expect(registry.currentCounts.waitingTurns == 1)
    first.generation.log.append("half")
    await registry.finishTurn(first, .cancelled)
    await #expect(throws: TurnError.cancelled) { try await second.value }
    #expect(await history == ["one", "half", "two!"])
    _ = joined
  }

  /// Its message came, and before its turn its client had left.
  @Test func itWaitsWhereNothingElseRuns() async throws {
    defer { done() }
    let turn = await queue(request("one"))
    #expect(registry.currentCounts.runningTurns == 0)
    manual.advance(by: .seconds(3))
    let joined = try await registry.join(id("s"), listener)
    #expect(try await turn.value.message.content == "one")
    withExtendedLifetime(joined) {}
  }

  /// A session with nothing but such a turn is kept for it, and is swept.
  @Test func itFailsInASessionThatNobodyEverJoined() async throws {
    defer { done() }
    let turn = await queue(request("one"))
    manual.advance(by: .seconds(29))
    await registry.sweep()
    #expect(registry.currentCounts.waitingTurns == 1)
    await pass(.seconds(1))
    await #expect(throws: TurnError.cancelled) { try await turn.value }
    #expect(await history == ["one!"])
    #expect(await registry.sweptCount == 0)
  }

  /// Over HTTP a turn goes at once, past those that wait for a listener.
  @Test func turnsOfNoListenerDoNotWaitForIt() async throws {
    defer { done() }
    var joined: Joined? = try await registry.join(id("s"), listener)
    let first = try await registry.beginTurn(request("one"))
    let heard = await queue(request("two"))
    let other = await queue(request("three", heard: false))
    joined = nil
    await settle()
    await registry.finishTurn(first, .completed)
    let third = try await other.value
    #expect(third.message.content == "three")
    await registry.finishTurn(third, .completed)
    let fourth = try await registry.beginTurn(request("four", heard: false))
    await registry.finishTurn(fourth, .completed)
    joined = try await registry.join(id("s"), listener)
    #expect(try await heard.value.message.content == "two")
    withExtendedLifetime(joined) {}
  }

  /// Any listener of the session will do; the last one that leaves counts.
  @Test func theGraceBeginsWithTheLastListenersLeaving() async throws {
    defer { done() }
    var joined: Joined? = try await registry.join(id("s"), listener)
    var other: Joined? = try await registry.join(id("s"), .deaf(on: loop))
    let first = try await registry.beginTurn(request("one"))
    let second = await queue(request("two"))
    joined = nil
    await settle()
    await pass(.seconds(1000))
    await registry.finishTurn(first, .completed)
    let turn = try await second.value
    let third = await queue(request("three"))
    other = nil
    await settle()
    await registry.finishTurn(turn, .completed)
    await pass(.seconds(29))
    #expect(registry.currentCounts.waitingTurns == 1)
    await pass(.seconds(1))
    await #expect(throws: TurnError.cancelled) { try await third.value }
    _ = (joined, other)
  }

  /// A turn that would have stood in the last one's place leaves that as it is.
  @Test func whatWasToBeReplacedStays() async throws {
    defer { done() }
    try await registry.talk(id("s"), "one", text: "1")
    let again = await queue(request("one", replaces: true))
    await pass(.seconds(30))
    await #expect(throws: TurnError.cancelled) { try await again.value }
    #expect(await history == ["one", "1"])
  }

  @Test func deletingAndDrainingTurnItAway() async throws {
    defer { done() }
    let deleted = await queue(request("one"))
    #expect(await registry.delete(id("s")) == 0)
    await #expect(throws: TurnError.sessionDeleted) { try await deleted.value }
    let drained = await queue(request("two"))
    await registry.drain(stoppingGenerations: false)
    await #expect(throws: TurnError.draining) { try await drained.value }
    #expect(registry.currentCounts.waitingTurns == 0)
  }

  /// It counts among those that may wait, so that a client that comes and goes queues no more than one that stays.
  @Test func asManyAsMayWait() async throws {
    defer { done() }
    var waiting: [Task<Turn, any Error>] = []
    for number in 0..<16 { waiting.append(await queue(request("\(number)"))) }
    await #expect(throws: TurnError.queueFull(limit: 16)) { try await registry.beginTurn(request("more")) }
    await pass(.seconds(30))
    for task in waiting { await #expect(throws: TurnError.cancelled) { try await task.value } }
    #expect(await history == (0..<16).map { "\($0)!" })
  }
}
