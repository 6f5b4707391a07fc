import Access
import EventLoop
import System
import Testing

@testable import Sessions

/// Images are in the store with what was said, whichever way they came.
@Suite struct StoredImageTests {
  private let store = ScriptedStore()

  /// A registry as a process makes it at its start.
  private func start(
    timeout: Duration = .seconds(10), clock: SessionClock = .system
  ) async throws -> SessionRegistry {
    let storage = try SessionStorage(store, timeout: timeout)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    return SessionRegistry(limits: SessionLimits(), storage: storage, clock: clock)
  }

  private static func image(_ number: UInt8) -> SessionImage {
    SessionImage(
      [UInt8](repeating: number, count: 100),
      digest: ImageDigest(bytes: [UInt8](repeating: number, count: 32))!,
      mediaType: .png, hold: nil)
  }

  /// A turn with images, until it is stored; nil where the store does not take it.
  @discardableResult
  private func show(
    _ images: [TurnImage], _ message: String = "what is it?", in registry: SessionRegistry
  ) async throws -> Turn? {
    var request = TurnRequest(sessionID: id("s"), message: message, model: "m")
    request.images = images
    let turn = try await registry.beginTurn(request)
    do {
      try await registry.acknowledge(turn)
    } catch {
      await registry.finishTurn(turn, .failed(code: "service_unavailable", message: "store"))
      return nil
    }
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    return turn
  }

  @Test func imagesComeBackFromTheStore() async throws {
    let registry = try await start()
    let bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 7]
    let image = SessionImage(
      bytes, digest: ImageDigest(bytes: SHA256.digest(of: bytes))!, mediaType: .png, hold: nil)
    try await registry.talk(id("s"))
    try await registry.addImage(image, to: id("s"), as: .loopback)
    let again = try await start()
    #expect(try await again.image(image.digest, of: id("s"), as: .loopback)?.bytes == bytes)
    let third = try await start()
    var request = TurnRequest(sessionID: id("s"), message: "what is it?", model: "m")
    request.images = [.known(image.digest)]
    let turn = try await third.beginTurn(request)
    #expect(turn.images[turn.message.number]?.map(\.bytes) == [bytes])
    await third.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    let fourth = try await start()
    let next = try await fourth.beginTurn(TurnRequest(sessionID: id("s"), message: "and?", model: "m"))
    #expect(next.images.values.flatMap { $0 }.map(\.bytes) == [bytes])
  }

  @Test func imagesOfLaterTurnsAreStoredWithThem() async throws {
    let registry = try await start()
    try await show([], in: registry)
    try await show([.given(Self.image(1))], in: registry)
    try await show([.given(Self.image(1)), .given(Self.image(2))], in: registry)
    let again = try await start()
    for number in 1...2 {
      let image = Self.image(UInt8(number))
      #expect(try await again.image(image.digest, of: id("s"), as: .loopback)?.bytes == image.bytes)
    }
    let next = try await again.beginTurn(TurnRequest(sessionID: id("s"), message: "and?", model: "m"))
    #expect(next.images.values.flatMap { $0 }.map { $0.bytes[0] }.sorted() == [1, 1, 2])
  }

  @Test func imagesThatWereGivenBeforeTheFirstMessageAreStoredWithIt() async throws {
    let registry = try await start()
    for number in 1...3 { try await registry.addImage(Self.image(UInt8(number)), to: id("s"), as: .loopback) }
    try await show([.known(Self.image(2).digest)], in: registry)
    let again = try await start()
    for number in 1...3 {
      let image = Self.image(UInt8(number))
      #expect(
        try await again.image(image.digest, of: id("s"), as: .loopback)?.bytes == image.bytes, "\(number)")
    }
    try await show([.known(Self.image(3).digest)], in: again)
  }

  @Test func imagesOfATurnThatWasNotTakenComeWithTheNext() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    try await registry.addImage(Self.image(1), to: id("s"), as: .loopback)
    store.behave(.fails(ScriptedStore.away))
    #expect(try await show([.given(Self.image(2))], in: registry) == nil)
    store.behave(.works)
    await eventually { registry.storage?.writer.refusal == nil }
    try await show([.known(Self.image(2).digest)], in: registry)
    let again = try await start()
    for number in 1...2 {
      let digest = Self.image(UInt8(number)).digest
      #expect(try await again.image(digest, of: id("s"), as: .loopback) != nil, "\(number)")
    }
  }

  /// The turn of a listener that has left.
  @Test func aMessageThatNobodyWaitsForKeepsItsImages() async throws {
    let manual = ManualClock()
    let registry = try await start(clock: manual.clock)
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    var request = TurnRequest(sessionID: id("s"), message: "what is it?", model: "m")
    request.images = [.given(Self.image(1))]
    request.origin = SessionListener(on: loop) { _ in }.id
    let waiting = Task { [request] in try await registry.beginTurn(request) }
    await eventually { registry.currentCounts.waitingTurns == 1 }
    manual.advance(by: .seconds(60))
    await registry.sweep()
    await #expect(throws: TurnError.cancelled) { try await waiting.value }
    await eventually { registry.storage?.writer.figures.waiting == 0 }
    let again = try await start()
    let messages = try #require(await again.history(of: id("s"), limit: 10)).messages
    #expect(messages.map(\.images) == [[Self.image(1).digest]] && messages[0].isFailed)
    #expect(try await again.image(Self.image(1).digest, of: id("s"), as: .loopback) != nil)
  }
}
