import Access
import EventLoop
import System
import Testing

@testable import Sessions

@Suite struct TurnTests {
  func request(_ id: SessionID?, _ message: String = "Hi") -> TurnRequest {
    TurnRequest(sessionID: id, message: message, model: "m:latest")
  }

  @Test func bothMessagesOfATurnGoIntoTheHistory() async throws {
    let registry = SessionRegistry(clock: ManualClock().clock)
    let turn = try await registry.beginTurn(TurnRequest(user: "ann", message: "Hi", model: "m:latest"))
    #expect(turn.isFirstOfSession && turn.context.isEmpty)
    #expect(turn.message.content == "Hi" && turn.message.author == .user("ann"))
    #expect(turn.generation.sessionID == turn.sessionID && turn.generation.model == "m:latest")
    #expect(await registry.summary(of: turn.sessionID)?.isGenerating == true)
    turn.generation.log.append("Hel")
    turn.generation.log.append("lo")
    await registry.finishTurn(turn, .completed)
    #expect(turn.generation.log.ending?.outcome == .completed)
    let history = try #require(await registry.history(of: turn.sessionID, limit: 10))
    #expect(history.messages.map(\.content) == ["Hi", "Hello"])
    #expect(history.messages.map(\.author) == [.user("ann"), .assistant(model: "m:latest")])
    #expect(history.messages.map(\.isFailed) == [false, false])
    let summary = try #require(await registry.summary(of: turn.sessionID))
    #expect(!summary.isGenerating && summary.messageCount == 2 && summary.owner == .thisMachine)
    let next = try await registry.beginTurn(request(turn.sessionID, "More"))
    #expect(!next.isFirstOfSession)
    #expect(next.context.map(\.content) == ["Hi", "Hello"])
  }

  @Test func aFailedTurnLeavesItsMarkedMessageAlone() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let turn = try await registry.beginTurn(request(id, "lost"))
    turn.generation.log.append("half an ans")
    await registry.finishTurn(turn, .failed(code: "upstream", message: "broke off"))
    let history = try #require(await registry.history(of: id, limit: 10))
    #expect(history.messages.map(\.content) == ["lost"])
    #expect(history.messages.map(\.isFailed) == [true])
    #expect(try await registry.beginTurn(request(id)).context.isEmpty)
  }

  @Test func aCancelledTurnKeepsWhatWasSaid() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let turn = try await registry.beginTurn(request(id, "tell"))
    turn.generation.log.append("Once upon")
    await registry.finishTurn(turn, .cancelled)
    // Stopped before a word: no message of the model, and no context for the next.
    await registry.finishTurn(try await registry.beginTurn(request(id, "again")), .cancelled)
    let history = try #require(await registry.history(of: id, limit: 10))
    #expect(history.messages.map(\.content) == ["tell", "Once upon", "again"])
    #expect(history.messages.map(\.isFailed) == [false, false, true])
    #expect(try await registry.beginTurn(request(id)).context.map(\.content) == ["tell", "Once upon"])
  }

  @Test func finishingTwiceChangesNothing() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let turn = try await registry.beginTurn(request(id))
    turn.generation.log.append("a")
    await registry.finishTurn(turn, .completed)
    await registry.finishTurn(turn, .failed(code: "x", message: "y"))
    #expect(await registry.history(of: id, limit: 10)?.total == 2)
    let next = try await registry.beginTurn(request(id))
    // Nor does it end the turn that came after.
    await registry.finishTurn(turn, .cancelled)
    #expect(await registry.summary(of: id)?.isGenerating == true)
    #expect(!next.generation.log.hasEnded)
    #expect(registry.currentCounts.runningTurns == 1)
  }

  @Test func theLogsOwnEndCounts() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let turn = try await registry.beginTurn(request(id))
    turn.generation.log.append("a")
    #expect(turn.generation.log.end(.failed(code: "full", message: "too long")))
    await registry.finishTurn(turn, .completed)
    #expect(await registry.history(of: id, limit: 10)?.messages.map(\.isFailed) == [true])
  }

  @Test func listenersFindTheMessageInTheHistoryOnceTheyGotTheEnd() async throws {
    let loop = try EventLoop(name: "order")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let id = id("s")
    for round in 1...50 {
      let turn = try await registry.beginTurn(request(id))
      let listener = Listener(loop: loop)
      await listener.subscribe(to: turn.generation.log)
      turn.generation.log.append("a")
      async let finished: Void = registry.finishTurn(turn, .completed)
      await eventually("the end") { listener.hasEnded }
      #expect(await registry.history(of: id, limit: 500)?.total == 2 * round)
      await finished
    }
  }

  // MARK: Order

  @Test func turnsOfOneSessionRunInTheOrderOfArrival() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let first = try await registry.beginTurn(request(id, "0"))
    let order = Lock<[String]>([])
    await withTaskGroup(of: Void.self) { group in
      for number in 1...16 {
        group.addTask {
          do {
            let turn = try await registry.beginTurn(request(id, "\(number)"))
            #expect(turn.context.count == 2 * number)
            order.withLock { $0.append(turn.message.content) }
            turn.generation.log.append("text")
            await registry.finishTurn(turn, .completed)
          } catch {
            Issue.record(error)
          }
        }
        await eventually("turn \(number) waits") { registry.currentCounts.waitingTurns == number }
      }
      #expect(registry.currentCounts.runningTurns == 1)
      first.generation.log.append("text")
      await registry.finishTurn(first, .completed)
    }
    #expect(order.withLock { $0 } == (1...16).map(String.init))
    #expect(registry.currentCounts.waitingTurns == 0)
    #expect(registry.currentCounts.runningTurns == 0)
  }

  @Test func sessionsDoNotWaitForEachOther() async throws {
    let registry = SessionRegistry()
    let turns = try await [registry.beginTurn(request(id("a"))), registry.beginTurn(request(id("b")))]
    #expect(registry.currentCounts.runningTurns == 2)
    #expect(turns[0].generation.id != turns[1].generation.id)
  }

  @Test func tooManyWaitingTurnsAreRefused() async throws {
    var limits = SessionLimits()
    limits.waitingTurns = 2
    let registry = SessionRegistry(limits: limits)
    let id = id("s")
    let first = try await registry.beginTurn(request(id))
    let waiting = (1...2).map { _ in Task { try await registry.beginTurn(request(id)) } }
    await eventually("two wait") { registry.currentCounts.waitingTurns == 2 }
    await #expect(throws: TurnError.queueFull(limit: 2)) { try await registry.beginTurn(request(id)) }
    await registry.finishTurn(first, .completed)
    await eventually("one waits") { registry.currentCounts.waitingTurns == 1 }
    for task in waiting { task.cancel() }
    for task in waiting {
      if case .success(let turn) = await task.result { await registry.finishTurn(turn, .cancelled) }
    }
    #expect(registry.currentCounts.waitingTurns == 0)
    #expect(registry.currentCounts.runningTurns == 0)
  }

  @Test func aWaitingTurnCanBeGivenUp() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let first = try await registry.beginTurn(request(id, "first"))
    let second = Task { try await registry.beginTurn(request(id, "second")) }
    await eventually("one waits") { registry.currentCounts.waitingTurns == 1 }
    let third = Task { try await registry.beginTurn(request(id, "third")) }
    await eventually("two wait") { registry.currentCounts.waitingTurns == 2 }
    second.cancel()
    await #expect(throws: TurnError.cancelled) { try await second.value }
    #expect(registry.currentCounts.waitingTurns == 1)
    await registry.finishTurn(first, .completed)
    #expect(try await third.value.message.content == "third")
    #expect(await registry.history(of: id, limit: 10)?.messages.map(\.content) == ["first", "", "third"])
  }

  @Test func aTaskThatIsCancelledAlreadyDoesNotWait() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    let first = try await registry.beginTurn(request(id))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await registry.beginTurn(request(id))
    }
    await #expect(throws: TurnError.cancelled) { try await task.value }
    await registry.finishTurn(first, .completed)
    let counts = registry.currentCounts
    #expect(counts == SessionCounts(sessions: 1, bytes: counts.bytes))
  }

  @Test func givingUpAndGettingTheTurnAtOnceLeavesNothingBehind() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    for _ in 0..<200 {
      let first = try await registry.beginTurn(request(id))
      let second = Task { try await registry.beginTurn(request(id)) }
      await eventually("one waits") { registry.currentCounts.waitingTurns == 1 }
      async let cancelled: Void = second.cancel()
      await registry.finishTurn(first, .cancelled)
      await cancelled
      if case .success(let turn) = await second.result { await registry.finishTurn(turn, .cancelled) }
      await eventually("nothing runs") { registry.currentCounts.runningTurns == 0 }
      #expect(registry.currentCounts.waitingTurns == 0)
    }
  }

  // MARK: Deleting

  /// One in which nobody makes way for another turn, however slow the machine is.
  private static func patientRegistry() -> SessionRegistry {
    var limits = SessionLimits()
    limits.patience = .seconds(3_600)
    limits.grace = .seconds(3_600)
    return SessionRegistry(limits: limits)
  }

  @Test func deletingASessionStopsItsGenerationAndTurnsTheWaitingAway() async throws {
    let loop = try EventLoop(name: "delete")
    defer { loop.shutDown() }
    let registry = Self.patientRegistry()
    let id = id("s")
    let turn = try await registry.beginTurn(request(id))
    let reasons = Lock<[StopReason]>([])
    turn.generation.onStop(on: loop) { reason in reasons.withLock { $0.append(reason) } }
    let listener = Listener(loop: loop)
    await listener.subscribe(to: turn.generation.log)
    let waiting = Task { try await registry.beginTurn(request(id)) }
    await eventually("one waits") { registry.currentCounts.waitingTurns == 1 }
    #expect(await registry.delete(id) == 1)
    await #expect(throws: TurnError.sessionDeleted) { try await waiting.value }
    await loop.run {}
    #expect(reasons.withLock { $0 } == [.sessionDeleted])
    #expect(await registry.history(of: id, limit: 10) == nil)
    #expect(await registry.delete(id) == nil)
    #expect(registry.currentCounts == SessionCounts())
    // A new session of the same name has nothing to do with the old turn.
    let fresh = try await registry.beginTurn(request(id, "fresh"))
    await registry.finishTurn(turn, .cancelled)
    await eventually("the listener's end") { listener.hasEnded }
    #expect(await registry.summary(of: id)?.isGenerating == true)
    #expect(fresh.isFirstOfSession && !fresh.generation.log.hasEnded)
    #expect(await registry.history(of: id, limit: 10)?.messages.map(\.content) == ["fresh"])
  }

  @Test func clearingDuringAGenerationKeepsItsMessage() async throws {
    let registry = SessionRegistry()
    let id = id("s")
    try await registry.talk(id, "one", text: "1")
    let turn = try await registry.beginTurn(request(id, "two"))
    #expect(await registry.clearHistory(of: id) == 2)
    turn.generation.log.append("2")
    await registry.finishTurn(turn, .completed)
    #expect(await registry.history(of: id, limit: 10)?.messages.map(\.content) == ["two", "2"])
    #expect(await registry.clearHistory(of: id) == 2)
    #expect(await registry.history(of: id, limit: 10)?.total == 0)
    #expect(registry.currentCounts.bytes == 0)
    #expect(await registry.clearHistory(of: SessionID("unknown")!) == nil)
  }

  // MARK: Draining

  @Test func drainingRefusesTurnsAndStopsThemWhenTold() async throws {
    let registry = Self.patientRegistry()
    let id = id("s")
    let turn = try await registry.beginTurn(request(id))
    let waiting = Task { try await registry.beginTurn(request(id)) }
    await eventually("one waits") { registry.currentCounts.waitingTurns == 1 }
    await registry.drain(stoppingGenerations: false)
    await #expect(throws: TurnError.draining) { try await waiting.value }
    await #expect(throws: TurnError.draining) { try await registry.beginTurn(request(nil)) }
    #expect(turn.generation.stopReason == nil)
    await registry.drain(stoppingGenerations: true)
    #expect(turn.generation.stopReason == .draining)
    await registry.finishTurn(turn, .completed)
    #expect(registry.currentCounts.runningTurns == 0)
  }
}
